/*
 * Preloaded into programs under test: the time of day that they see is moved
 * by the microseconds in the file that MUSTER_CLOCK_SHIFT names, eight bytes
 * that may be changed while they run. It goes on into the programs that they
 * start, also where these get an environment of their own.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t none;
static const volatile int64_t *shift = &none;
static char variables[2][4096];

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("MUSTER_CLOCK_SHIFT"), *library = getenv("LD_PRELOAD");
	int fd = path && library ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *mapped = fd >= 0 ? mmap(NULL, sizeof(*shift), PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;

	if (fd >= 0)
		close(fd);
	if (mapped == MAP_FAILED)
		return;
	shift = mapped;
	snprintf(variables[0], sizeof(variables[0]), "MUSTER_CLOCK_SHIFT=%s", path);
	snprintf(variables[1], sizeof(variables[1]), "LD_PRELOAD=%s", library);
}

int clock_gettime(clockid_t clock, struct timespec *ret)
{
	static int (*real)(clockid_t, struct timespec *);

	if (!real)
		real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	int r = real(clock, ret);
	if (r == 0 && clock == CLOCK_REALTIME) {
		int64_t now = ret->tv_sec * 1000000000 + ret->tv_nsec + *shift * 1000;
		*ret = (struct timespec){ now / 1000000000, now % 1000000000 };
	}
	return r;
}

int gettimeofday(struct timeval *restrict ret, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	*ret = (struct timeval){ now.tv_sec, now.tv_nsec / 1000 };
	return 0;
}

time_t time(time_t *ret)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (ret)
		*ret = now.tv_sec;
	return now.tv_sec;
}

int execve(const char *path, char *const arguments[], char *const environment[])
{
	static int (*real)(const char *, char *const[], char *const[]);
	char *more[1024];
	size_t count = 0;

	if (!real)
		real = (int (*)(const char *, char *const[], char *const[]))dlsym(RTLD_NEXT, "execve");
	for (; environment && environment[count] && count < 1000; count++)
		more[count] = environment[count];
	for (int i = 0; i < 2 && shift != &none; i++)
		more[count++] = variables[i];
	more[count] = NULL;
	return real(path, arguments, more);
}
