/*
 * A record read again: decoded as it was, and judged by the file of rules
 * that judged it, to show which of its values the rule looked at.
 */
#ifndef MUSTER_RECORD_H
#define MUSTER_RECORD_H

#include "roster/roster.h"
#include "standard/standard.h"

struct record_reading {
	/* Where the record came from. */
	const char *format;
	struct text zone;              /* TZif bytes, or empty */
	int64_t received;              /* moment */
	struct text bytes;
	const struct roster *roster;   /* that it was joined to, or NULL */
	/* What judged it: a file of the standard's bundle, a rule in it. */
	const char *file, *rule;
	bool any_rule;                 /* the rule is about others of its file */
	struct text yaml;
	const struct standard *standard; /* whose lists the file may use, or NULL */
};

/* A value that the file of rules speaks of, and the record has. */
typedef int record_value_function(void *context, struct text name, struct text value,
				  struct err *err);
/*
 * Calls value for each: the record's own fields, then normalised and joined values. Returns 1
 * where the rule matches the record still, 0 where it does not (or the
 * record cannot be read any more), negative on failure.
 */
int record_explain(const struct record_reading *reading, record_value_function *value,
		   void *context, struct err *err) MUST_CHECK;

#endif
