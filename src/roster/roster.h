/*
 * roster: the reference data against which events are judged: who is cleared
 * for what, what is protected, which places and systems are approved. Floor 3:
 * no I/O, no clock, no database.
 *
 * It passes through three forms: CSV as people keep it (roster_parse), a blob
 * in which it travels to the readers (roster_blob_add), and tables that answer
 * questions about an event (roster_new, roster_join). Each row holds from
 * valid_from until just before valid_until; of the rows of one key that hold
 * at a moment, the one that began last counts.
 *
 * What the roster does not say is unknown: a question about it has no answer,
 * and a rule that asks it does not match.
 */
#ifndef ROSTER_ROSTER_H
#define ROSTER_ROSTER_H

#include "event/event.h"

enum roster_kind {
#define KIND(identifier, name, meaning) ROSTER_##identifier,
#define COLUMN(kind, identifier, name, type, presence, meaning)
#define END(kind)
#include "roster/roster.def"
#undef KIND
#undef END
	ROSTER_KIND_COUNT
};

/* ROSTER_PERSON_ID …: places of the columns of each kind, from 0. */
#define KIND(identifier, name, meaning) enum roster_##identifier##_column {
#undef COLUMN
#define COLUMN(kind, identifier, name, type, presence, meaning) ROSTER_##kind##_##identifier,
#define END(kind) ROSTER_##kind##_COLUMNS };
#include "roster/roster.def"
#undef KIND
#undef COLUMN
#undef END

enum roster_type {
#define TYPE(identifier, name, meaning) ROSTER_TYPE_##identifier,
#include "roster/types.def"
#undef TYPE
	ROSTER_TYPE_COUNT
};
enum roster_presence { ROSTER_KEY, ROSTER_REQUIRED, ROSTER_OPTIONAL };

struct roster_column {
	const char *name;
	enum roster_type type;
	enum roster_presence presence;
	const char *meaning;
};
struct roster_kind_description {
	const char *name, *meaning;
	const struct roster_column *columns;
	size_t column_count;
};
#define ROSTER_COLUMNS_MOST 16u
#define ROSTER_VALUE_LONGEST 1024u

const struct roster_kind_description *roster_kind_describe(enum roster_kind kind);
bool roster_kind_from_name(struct text name, enum roster_kind *ret_kind);
const char *roster_type_name(enum roster_type type);
const char *roster_type_meaning(enum roster_type type);

/* CSV (parse.c) ----------------------------------------------------------------- */

struct roster_row {
	struct text contractor;    /* empty where the file does not say */
	/* In the order of the kind's columns; each in the one way its type is
	 * written (levels by name, lists with one blank between). */
	struct text fields[ROSTER_COLUMNS_MOST];
	int64_t valid_from;
	int64_t valid_until;       /* MOMENT_NONE: open */
	unsigned line;             /* on which it begins, from 1 */
};
/* line and column from 1, the column in bytes; 0: the whole file. */
struct roster_fault {
	unsigned line, column;
	const char *reason;
};
/* Either may return something else than 0 to end the reading. */
typedef int roster_row_function(void *context, const struct roster_row *row, struct err *err);
typedef int roster_fault_function(void *context, const struct roster_fault *fault,
				  struct err *err);

#define ROSTER_FILE_LARGEST ((size_t)64 << 20)
/*
 * Read a file of one kind: RFC 4180, a first row that names the columns, in
 * any order. Every row that is right goes to row, everything wrong to fault;
 * what a row's texts point to lives until the call returns. Two rows of one
 * key (and contractor) that begin at the same moment are a fault. Returns 0
 * (faults or not), what a function returned, or a negative error (memory).
 */
int roster_parse(enum roster_kind kind, struct text content, roster_row_function *row,
		 roster_fault_function *fault, void *context, struct err *err) MUST_CHECK;
/* The row's key as one text: its key columns with U+001F between. */
void roster_key_add(enum roster_kind kind, const struct text *fields, struct buffer *out);

/* The blob (blob.c) --------------------------------------------------------------- */

/* As tables it takes up to ten times as much. */
#define ROSTER_BLOB_LARGEST ((size_t)32 << 20)
/* Rows may come in any order. out: its cap is the caller's. */
void roster_blob_add(struct buffer *out, enum roster_kind kind, const struct text *fields,
		     int64_t valid_from, int64_t valid_until);

/* Questions (roster.c, join.c) ------------------------------------------------------- */

struct roster;
/* The blob is copied. ERR_PROTOCOL where it is none, ERR_MEMORY. */
int roster_new(struct text blob, struct roster **ret_roster, struct err *err) MUST_CHECK;
void roster_free(struct roster *roster);       /* NULL is allowed */
void roster_clean(struct roster **roster);     /* for CLEAN(roster) */
size_t roster_rows(const struct roster *roster);

/*
 * Joins events to a roster. The names of members that it reads of records
 * are interned, so it is made before the first event is decoded.
 */
struct roster_join;
struct roster_join *roster_join_new(struct event_names *names);
void roster_join_free(struct roster_join *join);
/* The next events are of whom this roster is about; NULL: nothing is known. */
void roster_join_use(struct roster_join *join, const struct roster *roster);
/*
 * Events since then that named what the roster has no row for, where a
 * question asked for it: by enum roster_kind.
 */
const uint64_t *roster_join_unknown(const struct roster_join *join);
/* The next questions are about this event, until the next call. */
void roster_join_begin(struct roster_join *join, const struct event *event);
/* One joined value, as of the event's time: an event_join_function for rules. */
bool roster_join_value(void *join, const struct event *event, enum event_joined which,
		       char scratch[EVENT_SCRATCH], struct text *ret_value);

#endif
