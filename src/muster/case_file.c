#include "muster/case_file.h"
#include "muster/evidence.h"
#include "muster/judging.h"
#include "muster/record.h"
#include "muster/standard_lists.h"
#include "sigma/sigma.h"

#define FIELDS_MOST 200

static int out_of_memory(struct err *err)
{
	return err_set(err, ERR_MEMORY, "out of memory");
}

/* What the standard says -------------------------------------------------------- */

static void ignore(void *context, const struct sigma_notice *notice)
{
	(void)context;
	(void)notice;
}

static int copy_rule(struct case_file *file, const struct sigma_rule *rule, struct err *err)
{
	size_t count = 0;

	while (rule->false_positives && rule->false_positives[count])
		count++;
	file->description = arena_string(file->arena, rule->description ? rule->description : "");
	file->false_positives =
		arena_get_many(file->arena, count + 1, sizeof(*file->false_positives));
	if (!file->description || !file->false_positives)
		return out_of_memory(err);
	for (size_t i = 0; i < count; i++)
		if (!(file->false_positives[i] =
			      arena_string(file->arena, rule->false_positives[i])))
			return out_of_memory(err);
	return 0;
}

static bool is_rule(const struct sigma_rule *rule, const char *key)
{
	return strcmp(rule->name && *rule->name ? rule->name : rule->id ? rule->id : "", key) == 0;
}

static int read_rule(struct case_file *file, struct err *err)
{
	struct event_names *names = event_names_new();
	struct sigma_set *set = names ? sigma_set_new(names) : NULL;
	int r = set ? standard_lists_add(set, file->standard, err) : out_of_memory(err);

	if (r == 0)
		r = sigma_set_add(set, file->violation->rule_file, file->yaml, ignore, NULL,
				  err);
	for (size_t i = 0; r >= 0 && i < sigma_set_count(set); i++)
		if (is_rule(sigma_set_rule(set, i), file->violation->rule))
			r = copy_rule(file, sigma_set_rule(set, i), err);
	sigma_set_free(set);
	event_names_free(names);
	return r < 0 ? r : 0;
}

static int take_standard(void *context, const struct store_judging *row, struct err *err)
{
	struct case_file *file = context;
	struct text yaml;
	int r = standard_parse(row->name, row->bundle, &file->standard, err);

	if (r < 0)
		return r;
	r = standard_bundle_find(row->bundle, text_of(file->violation->rule_file), &yaml, err);
	if (r <= 0)
		return r;
	file->yaml = arena_text(file->arena, yaml);
	return file->yaml.bytes ? read_rule(file, err) : out_of_memory(err);
}

/* The log lines ------------------------------------------------------------------- */

static int take_field(void *context, struct text name, struct text value, struct err *err)
{
	struct case_file *file = context;
	struct case_line *line = &file->lines[file->line_count - 1];

	if (line->field_count == FIELDS_MOST)
		return 0;
	if (!line->fields)
		line->fields = arena_get_many(file->arena, FIELDS_MOST, sizeof(*line->fields));
	if (!line->fields)
		return out_of_memory(err);
	struct case_field field = { arena_text(file->arena, name),
				    arena_text(file->arena, value) };
	if (!field.name.bytes || (!field.value.bytes && value.length))
		return out_of_memory(err);
	line->fields[line->field_count++] = field;
	return 0;
}

struct line_reading {
	struct case_file *file;
	const char *directory;
	struct pg *pg;
	struct roster *roster;         /* of version, or NULL */
	int64_t version;
};

/* The roster as it was when the line was judged. */
static int read_roster(struct line_reading *reading, int64_t version, struct err *err)
{
	CLEAN(buffer) struct buffer blob;
	int r = 0;

	buffer_init(&blob, ROSTER_BLOB_LARGEST);
	if (version == reading->version)
		return 0;
	roster_free(reading->roster);
	reading->roster = NULL;
	reading->version = version;
	if (version)
		r = store_roster_read(reading->pg, reading->file->violation->contractor_id,
				      version, &blob, err);
	if (version && r == 0)
		r = roster_new(buffer_text(&blob), &reading->roster, err);
	return r;
}

static void read_bytes(struct line_reading *reading, struct case_line *line)
{
	CLEAN(buffer) struct buffer bytes;
	struct err failed;

	buffer_init(&bytes, EVIDENCE_LIMIT);
	if (evidence_read(reading->directory, line->at.evidence, line->at.encoding,
			  line->at.offset, line->at.length, &bytes, &failed) < 0)
		line->failure = arena_string(reading->file->arena, failed.text);
	else
		line->bytes = arena_text(reading->file->arena, buffer_text(&bytes));
}

static int explain_line(const struct line_reading *reading, struct case_line *line,
			struct err *err)
{
	struct case_file *file = reading->file;
	struct record_reading record = {
		.format = line->at.format,
		.zone = line->at.zone,
		.received = line->at.received,
		.bytes = line->bytes,
		.roster = reading->roster,
		.file = file->violation->rule_file,
		.rule = file->violation->rule,
		.yaml = file->yaml,
		.standard = file->standard,
		.any_rule = file->violation->correlation != NULL,
	};
	int r = line->bytes.bytes && file->yaml.bytes ?
			record_explain(&record, take_field, file, err) :
			0;

	line->matches = r > 0;
	return r < 0 ? r : 0;
}

static int take_line(void *context, const struct store_line *row, struct err *err)
{
	struct line_reading *reading = context;
	struct case_file *file = reading->file;
	struct arena *arena = file->arena;
	struct case_line *line;

	if (file->line_count == file->line_room)
		return 0;
	line = &file->lines[file->line_count++];
	line->at = *row;
	line->at.delivery = arena_string(arena, row->delivery);
	line->at.name = arena_string(arena, row->name);
	line->at.system = arena_string(arena, row->system);
	line->at.format = arena_string(arena, row->format);
	line->at.evidence = arena_string(arena, row->evidence);
	line->at.encoding = arena_string(arena, row->encoding);
	line->at.zone = arena_text(arena, row->zone);
	if (!line->at.delivery || !line->at.name || !line->at.system || !line->at.format ||
	    !line->at.evidence || !line->at.encoding)
		return out_of_memory(err);
	read_bytes(reading, line);
	int r = read_roster(reading, row->roster, err);
	return r < 0 ? r : explain_line(reading, line, err);
}

/* The score ------------------------------------------------------------------------- */

static int compare_scores(struct case_file *file, const struct score *with,
			  const struct score *without, struct err *err)
{
	struct case_effect *effect = &file->effect;
	size_t count = with->standard->requirement_count;

	effect->requirements = arena_get_many(file->arena, count, sizeof(*effect->requirements));
	if (!effect->requirements)
		return out_of_memory(err);
	for (size_t i = 0; i < count; i++) {
		int points = with->requirements[i].indicated - without->requirements[i].indicated;
		const char *id = arena_string(file->arena, with->requirements[i].requirement->id);
		if (!id)
			return out_of_memory(err);
		if (points)
			effect->requirements[effect->requirement_count++] =
				(struct case_points){ id, points };
	}
	effect->known = standard_has_values(with->standard);
	effect->of_handling = !effect->known;
	effect->record_with = with->of_record;
	effect->record_without = without->of_record;
	effect->indicated_with = with->indicated;
	effect->indicated_without = without->indicated;
	return 0;
}

static int weigh(struct case_file *file, struct pg *pg, int64_t as_of, struct err *err)
{
	CLEAN(judging) struct judging *judging = NULL;
	const struct store_violation *v = file->violation;
	struct score with, without;
	int r = judging_new(pg, as_of, v->standard, &judging, err);

	if (r == -ERR_NEGATIVE)
		return 0;
	if (r == 0)
		r = judging_score(pg, judging, 0, v->contractor_id, 0, file->arena, &with, err);
	if (r == 0)
		r = judging_score(pg, judging, 0, v->contractor_id, v->id, file->arena, &without,
				  err);
	return r < 0 ? r : compare_scores(file, &with, &without, err);
}

/* What else there was ------------------------------------------------------------------ */

static int take_neighbour(void *context, const struct store_violation *row, struct err *err)
{
	struct case_file *file = context;
	struct case_neighbour *n = &file->neighbours[file->neighbour_count];

	if (file->neighbour_count == CASE_NEIGHBOURS)
		return 0;
	*n = (struct case_neighbour){
		.number = arena_string(file->arena, row->number),
		.rule = arena_string(file->arena, row->rule),
		.subject = arena_string(file->arena, row->subject),
		.state = arena_string(file->arena, row->state),
		.same_rule = strcmp(row->rule, file->violation->rule) == 0,
		.same_subject =
			strcmp(row->subject_kind, file->violation->subject_kind) == 0 &&
			strcmp(row->subject, file->violation->subject) == 0,
		.severity = row->severity,
		.level = row->level,
		.count = row->count,
		.first = row->first,
		.last = row->last,
	};
	if (!n->number || !n->rule || !n->subject || !n->state)
		return out_of_memory(err);
	file->neighbour_count++;
	return 0;
}

/* Judged again ---------------------------------------------------------------------------- */

static int take_change(void *context, const struct store_violation_change *row, struct err *err)
{
	struct case_file *file = context;
	struct case_change *change;

	if (!file->changes)
		file->changes = arena_get_many(file->arena, CASE_CHANGES, sizeof(*file->changes));
	if (!file->changes)
		return out_of_memory(err);
	if (file->change_count == CASE_CHANGES)
		return 0;
	change = &file->changes[file->change_count++];
	*change = (struct case_change){
		.what = arena_string(file->arena, row->what),
		.reason = arena_string(file->arena, row->reason),
		.by = arena_string(file->arena, row->by),
		.at = row->at,
		.applied = row->applied,
		.before = row->before,
		.after = row->after,
	};
	change->before.state = arena_string(file->arena, row->before.state);
	change->after.state = arena_string(file->arena, row->after.state);
	return change->what && change->reason && change->by && change->before.state &&
			       change->after.state ?
		       0 :
		       out_of_memory(err);
}

int case_file_read(struct pg *pg, const char *directory, int64_t as_of,
		   const struct store_violation *violation, int64_t lines,
		   struct arena *arena, struct case_file *ret, struct err *err)
{
	struct line_reading reading = { .file = ret, .directory = directory, .pg = pg };
	int r;

	*ret = (struct case_file){ .violation = violation, .arena = arena, .description = "" };
	ret->false_positives = arena_get_many(arena, 1, sizeof(*ret->false_positives));
	ret->lines = arena_get_many(arena, (size_t)lines, sizeof(*ret->lines));
	ret->line_room = (size_t)lines;
	if (!ret->lines || !ret->false_positives)
		return out_of_memory(err);
	r = store_standard_version(pg, violation->standard_id, take_standard, ret, err);
	if (r == 0)
		r = store_violation_lines(pg, violation, lines, take_line, &reading, err);
	roster_free(reading.roster);
	if (r == 0)
		r = weigh(ret, pg, as_of, err);
	if (r == 0)
		r = store_violation_neighbours(pg, violation, CASE_NEIGHBOURS, take_neighbour, ret,
					       err);
	if (r == 0)
		r = store_violation_changes(pg, violation->contractor_id, violation->id, take_change,
					    ret, err);
	return r;
}

void case_file_done(struct case_file *file)
{
	standard_free(file->standard);
	file->standard = NULL;
}

void case_file_clean(struct case_file *file)
{
	case_file_done(file);
}
