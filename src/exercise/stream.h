/*
 * One long log for measuring: records made in advance, written again and
 * again with a new time, identity and numbers.
 */
#ifndef EXERCISE_STREAM_H
#define EXERCISE_STREAM_H

#include "exercise/deed.h"

struct stream_options {
	enum format format;
	uint64_t seed;
	uint64_t records;
	int64_t start;	     /* moment of the first */
	uint32_t days;	     /* over which they are spread */
	uint32_t misconduct; /* records in a million that break a rule */
	int labels;	     /* descriptor for label lines, or -1 */
	void (*progress)(uint64_t done, uint64_t of); /* or NULL */
};

/* Write the log to the descriptor. *ret_planted: records that break a rule. */
int stream_write(const struct stream_options *options, int output, uint64_t *ret_planted,
		 struct err *err) MUST_CHECK;

#endif
