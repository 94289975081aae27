/*
 * Regular expressions in the language of PCRE2. They run as automata, whose
 * time is in proportion to the text whatever the pattern. The few that no
 * automaton can do (look-around, back-references) are searched by
 * backtracking, with bounds on the text and the steps; a search that would
 * pass them counts as no match and is counted.
 */
#ifndef SIGMA_REGEX_H
#define SIGMA_REGEX_H

#include "base/base.h"

enum { REGEX_CASELESS = 1, REGEX_MULTILINE = 2, REGEX_DOTALL = 4 };

struct regex;
struct regex_work;                 /* what matching needs; one a set */

struct regex_work *regex_work_new(void);
void regex_work_free(struct regex_work *work);
/* Matches that were given up so far. */
uint64_t regex_work_given_up(const struct regex_work *work);

/* Make work ready for an expression, before its first search. */
bool regex_work_prepare(struct regex_work *work, const struct regex *regex);

/* The pattern is terminated and lives as long. NULL, and why in reason[256]. */
struct regex *regex_new(struct text pattern, unsigned flags, char reason[256]);
void regex_free(struct regex *regex);
/* Is there a match anywhere in t, which must be UTF-8? */
bool regex_search(struct regex *regex, struct regex_work *work, struct text t);

/*
 * Runs of plain ASCII that every match must contain, in either case: the
 * first few of them, none where none can be told. They lie in bytes, which
 * has room for pattern.length. Returns how many, at most room.
 */
size_t regex_required_runs(struct text pattern, unsigned flags, char *bytes,
			   struct text *runs, size_t room);

#endif
