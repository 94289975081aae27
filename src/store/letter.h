/*
 * store: letters to contractors: notices, and decisions that they learn of
 * (letter.c). As the daemon.
 */
#ifndef STORE_LETTER_H
#define STORE_LETTER_H

#include "pg/pg.h"

/* Texts live until the function that was given the row returns. */
struct store_letter {
	int32_t contractor_id;
	int64_t violation_id, act;
	const char *contractor, *contractor_name;  /* code and name */
	const char *violation;     /* number */
	const char *action;        /* that the letter tells of */
	const char *reason, *reason_meaning;       /* or NULL */
	const char *sanction;      /* title of the step, or NULL */
	const char *asked;         /* for what, by a request, or NULL */
	const char *state;         /* to which the act led: where the case went since need not be told */
	int64_t at;                /* moment of the act */
	int64_t due;               /* of the clock that has run since, or MOMENT_NONE */
	bool wanted;               /* false: it was taken back, or is nothing to tell */
};
typedef int store_letter_function(void *context, const struct store_letter *row, struct err *err);
/* Where a look through the letters stands; at is MOMENT_NONE before the first. */
struct store_letter_place {
	int64_t at;
	int64_t violation_id, act;
};
/*
 * Letters that the outbox lets go now, by when they were decided: some of
 * them, from place on, which moves behind the last. *ret_count: how many; 0:
 * there are no more.
 */
int store_letters_due(struct pg *pg, struct store_letter_place *place,
		      store_letter_function *row, void *context, size_t *ret_count,
		      struct err *err) MUST_CHECK;
/*
 * A letter is in the contractor's hands since sent; or is not wanted:
 * MOMENT_NONE. A notice's clock runs from then on. Again: nothing happens.
 */
int store_letter_done(struct pg *pg, int32_t contractor_id, int64_t violation_id, int64_t act,
		      int64_t sent, struct err *err) MUST_CHECK;
/* When the answer to a notice that is sent then is due. */
int store_reply_due(struct pg *pg, int64_t sent, bool high, int64_t *ret_due,
		    struct err *err) MUST_CHECK;

#endif
