/*
 * The rows of the reports (reports.c). Only reads, within store_snapshot(). Whatever was received or
 * opened after a period's end is left out, so that a report of a past period
 * comes out the same at any later time.
 */
#ifndef STORE_REPORTS_H
#define STORE_REPORTS_H

#include "store/violation.h"

/* from <= moment < to. from: MOMENT_NONE is the beginning. */
struct store_period {
	const char *contractor;            /* NULL: all */
	int64_t from, to;
};

/*
 * Violations opened in the period, by contractor and number. count, first
 * and last are over the events that had been received by its end.
 */
int store_report_violations(struct pg *pg, const struct store_period *period,
			    store_violation_function *row, void *context,
			    struct err *err) MUST_CHECK;

struct store_delivery {
	const char *contractor;
	const char *system, *delivery, *name, *reason;   /* or NULL */
	const char *outcome;
	int64_t received;                  /* moment; when it was due, if it is missing */
	int64_t records, accepted, rejected, duplicates;
	struct text reject_codes[64];      /* "bad-json=3" */
	size_t reject_code_count;
	int64_t first, last;               /* moments of events, or MOMENT_NONE */
	int64_t gap, every;                /* seconds; -1: none */
	bool late;
};
typedef int store_delivery_function(void *context, const struct store_delivery *row,
				    struct err *err);
/* Deliveries received in the period, by contractor and time. */
int store_report_deliveries(struct pg *pg, const struct store_period *period,
			    store_delivery_function *row, void *context,
			    struct err *err) MUST_CHECK;
/*
 * Systems that were silent at the period's end for longer than their
 * interval and a tenth: one row each, outcome "missing".
 */
int store_report_missing(struct pg *pg, const struct store_period *period,
			 store_delivery_function *row, void *context,
			 struct err *err) MUST_CHECK;

struct store_reference_gap {
	const char *contractor, *system;
	const char *kind;                  /* of reference data, or "roster" */
	int64_t events, records, deliveries;
	int64_t last_received;             /* moment */
};
typedef int store_reference_gap_function(void *context, const struct store_reference_gap *row,
					 struct err *err);
/*
 * What deliveries of the period named that the roster had no row for, by
 * contractor, system and kind, the most events first; kind "roster" for what
 * came while there was none.
 */
int store_report_reference_data(struct pg *pg, const struct store_period *period,
				store_reference_gap_function *row, void *context,
				struct err *err) MUST_CHECK;

/* Records accepted from a contractor, and violations opened, in the period. */
int store_report_counts(struct pg *pg, int32_t contractor_id,
			const struct store_period *period, int64_t *ret_accesses,
			int64_t *ret_findings, struct err *err) MUST_CHECK;

#endif
