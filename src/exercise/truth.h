/* What a perfect judge would find: every planted record, and what they add up to. */
#ifndef EXERCISE_TRUTH_H
#define EXERCISE_TRUTH_H

#include "exercise/sheet.h"

struct truth;

/* In arena's memory, which must outlive it. NULL when out of memory. */
struct truth *truth_new(struct arena *arena) MUST_CHECK;
void truth_free(struct truth *truth);
void truth_clean(struct truth **truth);

/*
 * The occurrence is at that line of that file: one label for each rule that
 * it fires, none for ordinary work.
 */
int truth_add(struct truth *truth, const struct contractor *contractor,
	      const struct occurrence *occurrence, const char *file, uint64_t line,
	      struct err *err) MUST_CHECK;

/* The incident's systems that deliver nothing. */
int truth_add_feeds(struct truth *truth, const struct contractor *contractor,
		    const struct incident *incident, struct err *err) MUST_CHECK;

/* One line of JSON for each label so far, in order of arrival. */
struct text truth_labels(const struct truth *truth);
/*
 * One line of JSON for each violation (rule, contractor, subject, and UTC day
 * where it is not a run; without moments and count where they are of no
 * record), by moment, contractor, rule and subject; or, where
 * near is set, for what came near to one and is none.
 */
int truth_write_violations(const struct truth *truth, bool near, struct buffer *out,
			   struct err *err) MUST_CHECK;

#endif
