/*
 * Hears when sound begins and ends: arecord ... -t raw | ear SILENCE_MS
 * reads 48 kHz, 16 bit, stereo. Prints "sound SECONDS FRAME" at the first sample that is not zero, and "silent SECONDS
 * FRAME" where SILENCE_MS of zeros begin; SECONDS (CLOCK_MONOTONIC) is when the block that holds the sample was read,
 * less what came after it in the block, so at most one block of the recorder's late. Then "end SECONDS FRAMES".
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RATE 48000

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static long zeros_wanted, zeros, frames;
static int sounding;

static void tell(const char *what, double at, long frame)
{
	printf("%s %.6f %ld\n", what, at, frame);
	fflush(stdout);
}

static void hear(const int16_t *frame, double at)
{
	if (frame[0] || frame[1]) {
		if (!sounding)
			tell("sound", at, frames);
		sounding = 1;
		zeros = 0;
	} else if (++zeros == zeros_wanted && sounding) {
		tell("silent", at - (double)(zeros_wanted - 1) / RATE, frames - zeros_wanted + 1);
		sounding = 0;
	}
	frames++;
}

int main(int count, char **words)
{
	static int16_t block[1 << 15];
	size_t held = 0;
	ssize_t got;

	if (count != 2)
		return 2;
	zeros_wanted = atol(words[1]) * RATE / 1000;
	tell("begin", now(), 0);
	while ((got = read(0, (char *)block + held, sizeof(block) - held)) > 0) {
		double at = now();
		size_t whole = (held += got) / 4, i;

		for (i = 0; i < whole; i++)
			hear(block + 2 * i, at - (double)(whole - i) / RATE);
		memmove(block, block + 2 * whole, held -= 4 * whole);
	}
	tell("end", now(), frames);
	return 0;
}
