"""The sound chain: sources in, blocks of frames out. numpy and nothing else: no clock, no device, no thread, no file.

    source -> track gain -> fade and crossfade -> level -> cap -> limiter -> dither -> 16 bit

Frames are counted from the moment when sound began and never wrap; what is kept of them lies in rings of RING_FRAMES.
Everything from the first frame that the mixer has not taken may be made again at any time: each stage is a function of
what came before that frame and of the gain lines, so that the same frames come out the same, however often.
"""
