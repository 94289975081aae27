#include "muster/bulk_words.h"

#include <inttypes.h>

static void reason_count(struct bulk_preview *preview, const struct store_bulk_prepared *row)
{
	for (size_t i = 0; i < preview->reason_count; i++)
		if (strncmp(preview->reasons[i].why, row->why_not,
			    sizeof(preview->reasons[i].why) - 1) == 0) {
			preview->reasons[i].count++;
			return;
		}
	if (preview->reason_count == BULK_REASONS_MOST) {
		preview->reasons_missing = true;
		return;
	}
	size_t at = preview->reason_count++;
	snprintf(preview->reasons[at].why, sizeof(preview->reasons[at].why), "%s", row->why_not);
	snprintf(preview->reasons[at].first, sizeof(preview->reasons[at].first), "%s",
		 row->number);
	preview->reasons[at].count = 1;
}

int bulk_preview_row(void *context, const struct store_bulk_prepared *row,
		     struct err *err UNUSED)
{
	struct bulk_preview *preview = context;

	if (row->why_not) {
		preview->excluded++;
		reason_count(preview, row);
		return 0;
	}
	preview->included++;
	preview->waits += row->waits;
	preview->leaves += row->leaves && !row->waits;
	if (row->severity > preview->highest)
		preview->highest = row->severity;
	if (preview->sample_count < BULK_SAMPLE)
		snprintf(preview->sample[preview->sample_count++], sizeof(preview->sample[0]),
			 "%s", row->number);
	return 0;
}

bool bulk_preview_expects(const struct bulk_preview *preview)
{
	return preview->included > BULK_UNCOUNTED || preview->highest >= 4;
}

static void add_effects(struct buffer *out, const struct bulk_preview *preview,
			const char *action)
{
	if (preview->waits)
		buffer_add_format(out, "  %" PRId64 " will wait for a second person.\n",
				  preview->waits);
	if (preview->leaves && strcmp(action, "notice") == 0)
		buffer_add_format(out, "  %" PRId64 " notices will be prepared, none sent: the outbox"
				       " holds them for now.\n",
				  preview->leaves);
	else if (preview->leaves)
		buffer_add_format(out, "  Of %" PRId64 " the contractor will be told, once the outbox"
				       " lets it out.\n",
				  preview->leaves);
	else
		buffer_add_string(out, "  Nothing of it leaves the building.\n");
}

void bulk_preview_add(struct buffer *out, const struct bulk_preview *preview,
		      const char *action, const char *reason)
{
	buffer_add_format(out, "%s%s%s: %" PRId64 " of %" PRId64 " violations.\n", action,
			  reason ? " " : "", reason ? reason : "", preview->included,
			  preview->included + preview->excluded);
	if (preview->included)
		add_effects(out, preview, action);
	if (preview->excluded)
		buffer_add_format(out, "Left out: %" PRId64 "\n", preview->excluded);
	for (size_t i = 0; i < preview->reason_count; i++) {
		buffer_add_format(out, "  %" PRId64 ": ", preview->reasons[i].count);
		buffer_add_escaped(out, text_of(preview->reasons[i].why), 0);
		buffer_add_format(out, " (%s%s)\n", preview->reasons[i].first,
				  preview->reasons[i].count > 1 ? " and others" : "");
	}
	if (preview->reasons_missing)
		buffer_add_string(out, "  others: for other reasons\n");
	if (preview->included)
		buffer_add_string(out, "The first of them:");
	for (size_t i = 0; i < preview->sample_count; i++)
		buffer_add_format(out, "%s%s", i % 5 ? " " : "\n  ", preview->sample[i]);
	if (preview->included)
		buffer_add_byte(out, '\n');
}

int bulk_outcome_row(void *context, const struct store_bulk_done *row, struct err *err UNUSED)
{
	struct bulk_outcome *outcome = context;

	if (strcmp(row->outcome, "skipped") == 0) {
		outcome->skipped++;
		buffer_add_format(&outcome->lines, "%s: ", row->number);
		buffer_add_escaped(&outcome->lines, text_of(row->why_not ? row->why_not : ""), 0);
		buffer_add_byte(&outcome->lines, '\n');
		return 0;
	}
	outcome->done++;
	outcome->waits += strcmp(row->outcome, "waits") == 0;
	return 0;
}
