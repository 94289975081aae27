#include "reader/reader.h"

#include <stdlib.h>

static struct held_roster *held(const struct reader *reader, int32_t contractor_id)
{
	struct held_roster *held = reader->rosters;

	while (held && held->contractor_id != contractor_id)
		held = held->next;
	return held;
}

static struct held_roster *held_new(struct reader *reader, int32_t contractor_id)
{
	struct held_roster *new = calloc(1, sizeof(*new));

	if (!new)
		return NULL;
	new->contractor_id = contractor_id;
	buffer_init(&new->coming, ROSTER_BLOB_LARGEST);
	new->next = reader->rosters;
	reader->rosters = new;
	return new;
}

/* All of it is here: it takes the place of the last version. */
static int put_in_place(struct held_roster *held, struct err *err)
{
	struct roster *roster;
	int done = roster_new(buffer_text(&held->coming), &roster, err);

	if (done < 0)
		return done;
	roster_free(held->roster);
	held->roster = roster;
	held->version = held->coming_version;
	buffer_done(&held->coming);
	buffer_init(&held->coming, ROSTER_BLOB_LARGEST);
	return 0;
}

int rosters_take(struct reader *reader, const struct ipc_frame *frame, struct err *err)
{
	const struct ipc_roster *head = ipc_payload(frame, sizeof(*head));
	struct text piece = text_skip(frame->payload, sizeof(*head));

	if (!head || head->version <= 0)
		return err_set(err, ERR_PROTOCOL, "roster");
	struct held_roster *of = held(reader, head->contractor_id);
	if (!of)
		of = held_new(reader, head->contractor_id);
	if (!of)
		return err_set(err, ERR_MEMORY, "no memory for a roster");
	if (head->offset == 0) {
		buffer_reset(&of->coming);
		of->coming_version = head->version;
	}
	if (of->coming_version != head->version || of->coming.length != head->offset)
		return err_set(err, ERR_PROTOCOL, "a roster is not whole");
	buffer_add_text(&of->coming, piece);
	if (of->coming.failed)
		return err_set(err, ERR_MEMORY, "no memory for a roster");
	return of->coming.length < head->size ? 0 : put_in_place(of, err);
}

int rosters_find(const struct reader *reader, int32_t contractor_id, int64_t version,
		 const struct roster **ret_roster, struct err *err)
{
	const struct held_roster *of = version ? held(reader, contractor_id) : NULL;

	if (version && (!of || of->version != version))
		return err_set(err, ERR_PROTOCOL, "a batch is joined to a roster that was not told");
	*ret_roster = of ? of->roster : NULL;
	return 0;
}
