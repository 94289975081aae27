/* The reports: what each of them needs, and the functions that fill them. */
#ifndef MUSTER_COMMAND_REPORT_H
#define MUSTER_COMMAND_REPORT_H

#include "muster/held_output.h"

struct reporting {
	struct command_run *run;
	struct pg *pg;
	struct store_period period;
	unsigned width;            /* of text */
	struct report *report;     /* takes the rows */
	struct marking marking;    /* of the rows so far */
};

/* Gives the report its rows, and their markings. 0 or negative. */
typedef int report_fill_function(struct reporting *reporting, struct err *err);
report_fill_function report_fill_scorecard, report_fill_violations, report_fill_deliveries,
	report_fill_reference_data, report_fill_clock;

#endif
