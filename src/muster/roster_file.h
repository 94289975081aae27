/* Files of a roster: read, and parsed whole. */
#ifndef MUSTER_ROSTER_FILE_H
#define MUSTER_ROSTER_FILE_H

#include "roster/roster.h"

/* What is wrong with a file. */
typedef int roster_file_fault_function(void *context, const char *path,
				       const struct roster_fault *fault, struct err *err);

struct roster_file {
	const char *path;
	enum roster_kind kind;
	struct buffer content;
	struct arena *arena;           /* of the rows */
	struct roster_row *rows;
	size_t row_count, row_room;
	size_t faults;
};

/*
 * The kind is the beginning of the file's name up to the first full stop:
 * "persons.csv", "persons.2026-03.csv" hold persons. ERR_USAGE for another.
 */
int roster_file_read(const char *path, struct roster_file *ret_file,
		     roster_file_fault_function *fault, void *context, struct err *err)
	MUST_CHECK;
void roster_file_done(struct roster_file *file);

/*
 * Files without an instance, whatever contractor their rows name, as a
 * roster. ERR_SYNTAX at the first fault.
 */
int roster_files_load(const char *const *paths, size_t count, struct roster **ret_roster,
		      struct err *err) MUST_CHECK;

#endif
