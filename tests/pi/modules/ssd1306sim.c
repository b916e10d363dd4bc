// SPDX-License-Identifier: GPL-2.0
/*
 * I2C bus 1 with an SSD1306 at 0x3c: takes as long as a bus of that speed, keeps the chip's memory, and can fail.
 * Commands and addressing as in the data sheet (Solomon Systech SSD1306, rev 1.1, tables 9-1 and 10-1); the panel's
 * geometry and timing registers are taken and not acted on.
 *
 * /sys/kernel/debug/ssd1306: ram (1024 bytes, page after page), on, contrast, start_line, xfers, bytes, nacks, and
 * fault: 0 none, 1 nobody acknowledges, 2 each transfer hangs for a second, 3 the power was lost for a moment.
 */
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/i2c.h>
#include <linux/module.h>
#include <linux/platform_device.h>

#define ADDRESS 0x3c
#define COLUMNS 128
#define PAGES 8
enum { FAULT_NONE, FAULT_NACK, FAULT_HANG, FAULT_POWER_LOST };

static int hz = 400000;
module_param(hz, int, 0644);

static u32 fault, xfers, bytes, nacks;
static u8 ram[PAGES * COLUMNS];
static struct debugfs_blob_wrapper ram_blob = { .data = ram, .size = sizeof(ram) };
static u8 on, contrast, start_line;
static u8 first_column, last_column = COLUMNS - 1, first_page, last_page = PAGES - 1;
static u8 column, page;
static u8 command, arguments[2], arguments_wanted, arguments_had;

static void argument(u8 byte)
{
	if (arguments_had < sizeof(arguments))
		arguments[arguments_had++] = byte;
	if (--arguments_wanted)
		return;
	if (command == 0x21) {
		first_column = column = arguments[0] & (COLUMNS - 1);
		last_column = arguments[1] & (COLUMNS - 1);
	} else if (command == 0x22) {
		first_page = page = arguments[0] & (PAGES - 1);
		last_page = arguments[1] & (PAGES - 1);
	} else if (command == 0x81) {
		contrast = arguments[0];
	}
}

static void take_command(u8 byte)
{
	if (arguments_wanted) {
		argument(byte);
		return;
	}
	command = byte;
	arguments_had = 0;
	switch (byte) {
	case 0x40 ... 0x7f: start_line = byte & 0x3f; break;
	case 0xae: on = 0; break;
	case 0xaf: on = 1; break;
	case 0x21: case 0x22: arguments_wanted = 2; break;
	case 0x20: case 0x81: case 0x8d: case 0xa8: case 0xad: case 0xd3: case 0xd5: case 0xd9: case 0xda: case 0xdb:
		arguments_wanted = 1;
	}
}

static void take_data(u8 byte)
{
	ram[page * COLUMNS + column] = byte;
	if (column++ != last_column)
		return;
	column = first_column;
	page = page == last_page ? first_page : page + 1;
}

static void take(const u8 *content, int length)
{
	int i;

	arguments_wanted = 0;
	if (content[0] & 0x80) { /* a control byte before each command */
		for (i = 0; i + 1 < length; i += 2)
			take_command(content[i + 1]);
		return;
	}
	for (i = 1; i < length; i++)
		content[0] & 0x40 ? take_data(content[i]) : take_command(content[i]);
}

static int fail(void)
{
	switch (fault) {
	case FAULT_NACK:
		nacks++;
		return -EREMOTEIO;
	case FAULT_HANG:
		msleep(1000);
		return -ETIMEDOUT;
	case FAULT_POWER_LOST:
		on = 0;
		contrast = 0x7f;
		memset(ram, 0x55, sizeof(ram));
		fault = FAULT_NONE;
	}
	return 0;
}

static int transfer(struct i2c_adapter *adapter, struct i2c_msg *messages, int count)
{
	int i, error;

	for (i = 0; i < count; i++) {
		struct i2c_msg *message = &messages[i];
		unsigned long us = (message->len + 1) * 9 * 1000000ul / hz;

		if (message->addr != ADDRESS) {
			nacks++;
			return -EREMOTEIO;
		}
		error = fail();
		if (error)
			return error;
		usleep_range(us, us + 20);
		xfers++;
		bytes += message->len;
		if (message->flags & I2C_M_RD)
			memset(message->buf, on ? 0x03 : 0x43, message->len); /* bit 6: the display is off */
		else if (message->len)
			take(message->buf, message->len);
	}
	return count;
}

static u32 functionality(struct i2c_adapter *adapter)
{
	return I2C_FUNC_I2C | (I2C_FUNC_SMBUS_EMUL & ~I2C_FUNC_SMBUS_QUICK);
}

static const struct i2c_algorithm algorithm = { .master_xfer = transfer, .functionality = functionality };
static struct i2c_adapter bus = { .owner = THIS_MODULE, .algo = &algorithm, .name = "bcm2835 (virtual)", .nr = 1 };
static struct dentry *folder;
static struct platform_device *device;

static void show_in_debugfs(void)
{
	folder = debugfs_create_dir("ssd1306", NULL);
	debugfs_create_blob("ram", 0444, folder, &ram_blob);
	debugfs_create_u8("on", 0444, folder, &on);
	debugfs_create_u8("contrast", 0444, folder, &contrast);
	debugfs_create_u8("start_line", 0444, folder, &start_line);
	debugfs_create_u32("xfers", 0444, folder, &xfers);
	debugfs_create_u32("bytes", 0444, folder, &bytes);
	debugfs_create_u32("nacks", 0444, folder, &nacks);
	debugfs_create_u32("fault", 0644, folder, &fault);
}

static int __init begin(void)
{
	int error;

	memset(ram, 0x55, sizeof(ram)); /* a chip wakes with noise in its memory */
	device = platform_device_register_simple("ssd1306sim", -1, NULL, 0);
	if (IS_ERR(device))
		return PTR_ERR(device);
	bus.dev.parent = &device->dev;
	error = i2c_add_numbered_adapter(&bus);
	if (error)
		platform_device_unregister(device);
	else
		show_in_debugfs();
	return error;
}

static void __exit end(void)
{
	debugfs_remove_recursive(folder);
	i2c_del_adapter(&bus);
	platform_device_unregister(device);
}

module_init(begin);
module_exit(end);
MODULE_DESCRIPTION("An SSD1306 on a bus of its own, for tests");
MODULE_LICENSE("GPL");
