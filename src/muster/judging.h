/*
 * The standards in force at a moment, and the scores of contractors under
 * them: what the books hold is put into room score.
 */
#ifndef MUSTER_JUDGING_H
#define MUSTER_JUDGING_H

#include "score/score.h"
#include "store/store.h"

struct judging;
/*
 * Read the standards that were in force at as_of: all, or that of the name.
 * Of all, those without values are left out where there are others: what was
 * found under them is in the records of handling of the others' scores.
 * ERR_NEGATIVE where there was none.
 */
int judging_new(struct pg *pg, int64_t as_of, const char *name, struct judging **ret_judging,
		struct err *err) MUST_CHECK;
void judging_free(struct judging *judging);    /* NULL is allowed */
void judging_clean(struct judging **judging);  /* for CLEAN(judging) */

/* They live as long as the judging. */
struct judging_standard {
	const struct standard *standard;
	const char *digest;            /* 64 hex digits */
};
size_t judging_count(const struct judging *judging);
struct judging_standard judging_standard(const struct judging *judging, size_t index);

/*
 * The score of a contractor under one of them, as of the judging's moment.
 * What comes out lives in the arena. without: id of a violation that is
 * taken as if it had not been opened; 0: none.
 */
int judging_score(struct pg *pg, const struct judging *judging, size_t index,
		  int32_t contractor_id, int64_t without, struct arena *arena,
		  struct score *ret_score, struct err *err) MUST_CHECK;

#endif
