"""The virtual Pi: the installed box on real kernel devices, in a machine of QEMU. docs/virtual-pi.md says how."""
