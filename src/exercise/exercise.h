/* An exercise on disk. */
#ifndef EXERCISE_EXERCISE_H
#define EXERCISE_EXERCISE_H

#include "exercise/plan.h"

struct exercise_options {
	const char *directory;
	uint64_t seed;
	int64_t start; /* midnight UTC of the first day */
	uint32_t days;
	uint32_t contractors;
	uint64_t records; /* of ordinary work, about */
	bool force;	  /* write into a directory that is not empty */
	void (*progress)(uint32_t done, uint32_t of, const char *what); /* or NULL */
};

struct exercise_result {
	uint64_t records;
	uint64_t bytes;
	uint32_t files;
};

/* README is written last: without it the exercise is not whole. */
int exercise_write(const struct exercise_options *options, struct exercise_result *ret,
		   struct err *err) MUST_CHECK;

#endif
