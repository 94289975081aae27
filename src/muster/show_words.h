/* A violation in words, for other views of it than muster show. */
#ifndef MUSTER_SHOW_WORDS_H
#define MUSTER_SHOW_WORDS_H

#include "muster/command.h"

/*
 * The case in lines of that width, safe for a terminal: its log records, why
 * the rule fired, what the standard says, the score, what else there was.
 * raw: the log records whole, and nothing else. Within store_snapshot().
 */
int show_add_words(struct command_run *run, struct pg *pg, const char *number, unsigned width,
		   bool raw, struct buffer *out, struct err *err) MUST_CHECK;

#endif
