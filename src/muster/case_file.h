/*
 * Everything that is needed to decide on one violation, read together: what
 * the standard says, the log lines, why the rule fired, what it does to the
 * score, and what else there was.
 */
#ifndef MUSTER_CASE_FILE_H
#define MUSTER_CASE_FILE_H

#include "standard/standard.h"
#include "store/store.h"

struct case_field {
	struct text name, value;
};

/* A log line (or record of several lines), read back from the evidence. */
struct case_line {
	struct store_line at;
	struct text bytes;             /* the original; none where failure is set */
	const char *failure;           /* why it could not be read, or NULL */
	bool matches;                  /* the rule still matches it */
	struct case_field *fields;     /* what the rule looked at */
	size_t field_count, field_room;
};

struct case_points {
	const char *requirement;
	int points;                    /* that this violation alone takes away */
};

/* The scores with this violation, and as if it had not been opened. */
struct case_effect {
	bool known;                    /* the standard is in force and has a score */
	bool of_handling;              /* in force, and without one */
	int record_with, record_without;
	int indicated_with, indicated_without;
	struct case_points *requirements;
	size_t requirement_count;
};

struct case_neighbour {
	const char *number, *rule, *subject, *state;
	bool same_rule, same_subject;
	int severity, level;
	int64_t count, first, last;
};
#define CASE_NEIGHBOURS 5
#define CASE_CHANGES 100

/* What became of it when its records were judged again. */
struct case_change {
	const char *what, *reason, *by;
	int64_t at;                    /* moment */
	bool applied;
	struct store_replay_side before, after;
};

struct case_file {
	const struct store_violation *violation;
	struct arena *arena;
	struct standard *standard;     /* the version whose rule opened it */
	struct text yaml;              /* the rule's file */
	const char *description;       /* of the rule, or "" */
	const char **false_positives;  /* what else may look so; NULL-terminated */
	struct case_line *lines;
	size_t line_count, line_room;
	struct case_effect effect;
	struct case_neighbour neighbours[CASE_NEIGHBOURS];
	size_t neighbour_count;
	struct case_change *changes;   /* the oldest first */
	size_t change_count;
};

/*
 * directory: of the instance. lines: log lines at most. violation and arena
 * must outlive the file. A line that cannot be read is no failure: it says so.
 */
int case_file_read(struct pg *pg, const char *directory, int64_t as_of,
		   const struct store_violation *violation, int64_t lines,
		   struct arena *arena, struct case_file *ret, struct err *err) MUST_CHECK;
void case_file_done(struct case_file *file);
void case_file_clean(struct case_file *file);  /* for CLEAN(case_file) */

#endif
