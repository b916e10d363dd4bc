/*
 * Tells an underrun of the sound card from a machine that stood still: witness STATUS (of the card's playback) wakes up
 * every 5 ms before all other threads. Prints "late SECONDS MS" where that came over 10 ms late, which nothing in the
 * guest can cause, and "started SECONDS" where the kernel's trigger time is another one, looked at every 100 ms; SECONDS
 * are CLOCK_MONOTONIC.
 */
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define EVERY_NS 5000000L
#define LATE_NS 10000000L
#define LOOKS 20

static long long ns(struct timespec t)
{
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static struct timespec now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t;
}

static void look(const char *path)
{
	static char known[80];
	char line[80];
	FILE *file = fopen(path, "r");

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, "trigger_time", 12) && strcmp(line, known)) {
			strcpy(known, line);
			printf("started %.6f\n", ns(now()) / 1e9);
			fflush(stdout);
		}
	if (file)
		fclose(file);
}

int main(int count, char **words)
{
	struct sched_param first = { .sched_priority = 99 };
	struct timespec next = now();
	int turn;

	if (count != 2 || sched_setscheduler(0, SCHED_FIFO, &first))
		return 2;
	for (turn = 0;; turn++) {
		long long wanted = ns(next) + EVERY_NS, late;

		next.tv_sec = wanted / 1000000000LL;
		next.tv_nsec = wanted % 1000000000LL;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
		late = ns(now()) - wanted;
		if (late > LATE_NS) {
			printf("late %.6f %lld\n", wanted / 1e9, late / 1000000);
			fflush(stdout);
			next = now();
		}
		if (turn % LOOKS == 0)
			look(words[1]);
	}
}
