/*
 * Pulls lines of gpio-sim at exact intervals: hand FOLDER US,LINE,CLOSED ...
 * waits US microseconds, then closes (1) or opens (0) the contact, and prints "LINE CLOSED SECONDS" (CLOCK_MONOTONIC).
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static int pull(const char *folder, int line, int closed)
{
	const char *to = closed ? "pull-down" : "pull-up";
	char path[256];
	int file, failed;

	snprintf(path, sizeof(path), "%s/sim_gpio%d/pull", folder, line);
	file = open(path, O_WRONLY);
	failed = file < 0 || write(file, to, strlen(to)) < 0;
	if (failed)
		perror(path);
	close(file);
	return failed;
}

int main(int count, char **words)
{
	int us, line, closed, i;

	for (i = 2; i < count; i++) {
		if (sscanf(words[i], "%d,%d,%d", &us, &line, &closed) != 3)
			return 2;
		struct timespec wait = { us / 1000000, us % 1000000 * 1000L };

		if (us)
			nanosleep(&wait, NULL);
		double at = now();

		if (pull(words[1], line, closed))
			return 1;
		printf("%d %d %.6f\n", line, closed, at);
	}
	return 0;
}
