/* How the office works, as the configuration says: for the writer to put into the books. */
#include "daemon/parts.h"

#include "casework/casework.h"

#define WORDS_MOST 262144u     /* see messages.def */

int office_open(struct daemon *daemon, struct err *err)
{
	const struct config *config = &daemon->config;
	CLEAN(arena) struct arena *arena = arena_new((size_t)1 << 20);
	struct buffer *words = &daemon->office.words;
	struct casework_calendar calendar;
	int failed = arena ? casework_calendar_read(config->calendar_time_zone, TEXT_NONE,
						    config->calendar_weekend,
						    config->calendar_holidays.items,
						    config->calendar_holidays.count, arena, &calendar,
						    err) :
			     err_set(err, ERR_MEMORY, "out of memory");

	if (failed == -ERR_SYNTAX) {
		if (err)
			err->code = ERR_CONFIG;
		return err_prefix(err, "%s: calendar", daemon->options->config);
	}
	if (failed)
		return failed;
	daemon->office.told = (struct ipc_office){
		.outbox_hold = (uint32_t)config->process_outbox_hold,
		.weekend = calendar.weekend,
		.reply_longest = (uint32_t)config->process_reply_longest,
		.plan_longest = (uint32_t)config->process_plan_longest,
		.inquiry_hours = (uint32_t)config->duties_inquiry_hours,
		.initial_report_hours = (uint32_t)config->duties_initial_report_hours,
		.final_report_days = (uint32_t)config->duties_final_report_days,
		.audit_review_days = (uint32_t)config->duties_audit_review_days,
		.clock_bound = (uint32_t)config->daemon_clock_bound,
	};
	buffer_init(words, WORDS_MOST);
	buffer_add_format(words, "%s\n", config->calendar_time_zone);
	for (size_t i = 0; i < config->calendar_holidays.count; i++)
		buffer_add_format(words, "%s\n", config->calendar_holidays.items[i]);
	if (words->failed)
		return err_set(err, ERR_CONFIG, "%s: calendar: more than %u bytes of holidays",
			       daemon->options->config, WORDS_MOST);
	return 0;
}

void office_close(struct daemon *daemon)
{
	buffer_done(&daemon->office.words);
}
