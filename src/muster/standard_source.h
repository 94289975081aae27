/* A standard read from its files: parsed, and its rules compiled. */
#ifndef MUSTER_STANDARD_SOURCE_H
#define MUSTER_STANDARD_SOURCE_H

#include "base/base.h"
#include "sigma/sigma.h"
#include "standard/standard.h"
#include "store/store.h"

struct standard_source {
	struct buffer bundle;
	struct standard *standard;
	struct event_names *names;
	struct sigma_set *set;
	struct store_rule *rules;      /* in the order of the set */
	size_t rule_count;
	struct arena *arena;
};

/*
 * Read the standard in a directory. Everything must be right: a rule that
 * is refused, or names a requirement that the standard does not have, makes
 * the whole an error. Warnings about rules go to warning (may be NULL).
 */
typedef void standard_warning_function(void *context, const char *file, unsigned line,
				       const char *reason);
int standard_source_read(const char *directory, struct standard_source *ret_source,
			 standard_warning_function *warning, void *context, struct err *err)
	MUST_CHECK;
/* The same from a bundle; origin stands in messages. */
int standard_source_parse(const char *origin, struct text bundle,
			  struct standard_source *ret_source, struct err *err) MUST_CHECK;
void standard_source_done(struct standard_source *source);
void standard_source_clean(struct standard_source *source);

/*
 * Directory of a standard: the one that a path with a "/" names, else the
 * one of that name that came with the program.
 */
int standard_source_find(const char *name, char ret_path[4096], struct err *err) MUST_CHECK;

/* Load what was read and, on demand, put it in force. */
int standard_source_load(struct pg *pg, const struct standard_source *source,
			 const char *who, bool activate, char ret_digest[STORE_DIGEST],
			 bool *ret_new, struct err *err) MUST_CHECK;

#endif
