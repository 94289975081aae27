/*
 * Records of a CSV file as RFC 4180 has them: fields with commas between,
 * lines ending in LF or CRLF, fields with commas, quotes or line ends in
 * double quotes, a quote in them doubled.
 */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"

struct arena;

struct csv_field {
	struct text value;
	unsigned line, column;     /* where it begins; both count from 1, columns in bytes */
};

/* What is wrong with a record, and where. reason has no full stop. */
struct csv_fault {
	unsigned line, column;     /* column 0: the line as a whole */
	const char *reason;
};

struct csv {
	struct text content;
	size_t at, line_begin;
	unsigned line;
	struct arena *arena;
	struct buffer scratch;
};

/*
 * Begin to read content, which must live as long as the fields are looked
 * at. What stood in quotes is put into the arena. A byte order mark in front
 * is passed over.
 */
void csv_init(struct csv *csv, struct text content, struct arena *arena);
void csv_done(struct csv *csv);
bool csv_at_end(const struct csv *csv);

/*
 * The next record, of at most `most` fields. 1: there is one; 0: the content
 * is at its end; -ERR_SYNTAX: it is not written as it should be: *ret_fault
 * says why, and reading goes on behind it; -ERR_MEMORY.
 */
int csv_next(struct csv *csv, struct csv_field *fields, size_t most, size_t *ret_count,
	     struct csv_fault *ret_fault) MUST_CHECK;

#endif
