/*
 * Time of the queue's first page: bench-queue CONNINFO ROUNDS prints the
 * median in microseconds, and how many rows there were.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "store/store.h"

#define ROUNDS_MOST 1000
#define ROWS 100

static int64_t microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * MICROSECONDS + now.tv_nsec / 1000;
}

static int count_row(void *context, const struct store_violation *row UNUSED,
		     struct err *err UNUSED)
{
	++*(int64_t *)context;
	return 0;
}

static int first_page(struct pg *pg, int64_t now, int64_t *ret_rows, struct err *err)
{
	CLEAN(pg_transaction) struct pg_transaction snapshot = { NULL };
	const struct store_queue_query query = { .now = now };
	int r = store_snapshot(pg, &snapshot, err);

	*ret_rows = 0;
	return r < 0 ? r : store_queue(pg, &query, NULL, ROWS, count_row, ret_rows, err);
}

static int compare(const void *a, const void *b)
{
	int64_t one = *(const int64_t *)a, other = *(const int64_t *)b;

	return (one > other) - (one < other);
}

int main(int argc, char **argv)
{
	static int64_t times[ROUNDS_MOST];
	struct err err = { 0 };
	struct timespec now;
	struct pg *pg = NULL;
	int64_t rounds, rows = 0;
	int r;

	if (argc != 3 || !text_to_i64(text_of(argv[2]), &rounds) || rounds < 1 ||
	    rounds > ROUNDS_MOST) {
		fprintf(stderr, "usage: bench-queue CONNINFO ROUNDS\n");
		return 2;
	}
	clock_gettime(CLOCK_REALTIME, &now);
	r = store_open(argv[1], STORE_OFFICER, "bench", &pg, &err);
	for (int64_t i = 0; r == 0 && i < rounds; i++) {
		int64_t begun = microseconds();

		r = first_page(pg, now.tv_sec * MICROSECONDS, &rows, &err);
		times[i] = microseconds() - begun;
	}
	pg_free(pg);
	if (r < 0) {
		fprintf(stderr, "bench-queue: %s\n", err.text);
		return 4;
	}
	qsort(times, (size_t)rounds, sizeof(times[0]), compare);
	printf("%" PRId64 " %" PRId64 "\n", times[rounds / 2], rows);
	return 0;
}
