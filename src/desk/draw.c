/* The desk as lines: a banner, the list, the detail, status and prompt, a banner. */
#include "desk/state.h"

#include <inttypes.h>

#include "report/report.h"

void desk_screen_init(struct desk_screen *screen)
{
	*screen = (struct desk_screen){ 0 };
	for (size_t i = 0; i < DESK_HEIGHT_MOST; i++)
		buffer_init(&screen->lines[i].text, 65536);
}

void desk_screen_done(struct desk_screen *screen)
{
	for (size_t i = 0; i < DESK_HEIGHT_MOST; i++)
		buffer_done(&screen->lines[i].text);
}

/* Lines ---------------------------------------------------------------------------------- */

static struct buffer *line(struct desk_screen *screen, unsigned at, enum desk_look look)
{
	screen->lines[at].look = look;
	return &screen->lines[at].text;
}

/* In so many columns: cut with "~", or filled up with spaces. */
static void add_cell(struct buffer *out, struct text t, size_t width, bool right)
{
	size_t wide = report_width(t);
	bool cut = wide > width;

	if (width == 0)
		return;
	if (cut) {
		t = report_head(t, width - 1);
		wide = report_width(t) + 1;
	}
	if (right)
		buffer_add_format(out, "%*s", (int)(width - wide), "");
	buffer_add_text(out, t);
	if (cut)
		buffer_add_byte(out, '~');
	if (!right)
		buffer_add_format(out, "%*s", (int)(width - wide), "");
}

static void add_line(struct desk_screen *screen, unsigned at, enum desk_look look,
		     struct text words)
{
	add_cell(line(screen, at, look), words, screen->width, false);
}

PRINTF_LIKE(4, 5)
static void set_line(struct desk_screen *screen, unsigned at, enum desk_look look,
		     const char *format, ...)
{
	CLEAN(buffer) struct buffer words;
	va_list list;

	buffer_init(&words, 65536);
	va_start(list, format);
	buffer_add_format_list(&words, format, list);
	va_end(list);
	add_line(screen, at, look, buffer_text(&words));
}

/* Lines of a text from one on, as many as there is room for. How many it has in all. */
static size_t add_lines(struct desk_screen *screen, unsigned at, unsigned room,
			struct text text, size_t from)
{
	size_t count = 0;

	while (text.length) {
		struct text one = text_split(&text, '\n');

		if (count >= from && count - from < room)
			add_line(screen, at + (unsigned)(count - from), DESK_PLAIN, one);
		count++;
	}
	return count;
}

/* The highest marking of what is shown; what is not known is said to be so. */
static void draw_banners(const struct desk *desk, struct desk_screen *screen)
{
	const struct desk_row *highest = NULL;
	bool unknown = false;
	char words[80] = "";

	for (size_t i = 0; i < desk->row_count; i++) {
		const struct desk_row *row = &desk->rows[i];

		unknown = unknown || row->level == 0;
		if (row->level && (!highest || row->level > highest->level))
			highest = row;
	}
	if (highest)
		snprintf(words, sizeof(words), "%s%s", highest->marking,
			 unknown ? " (AND MARKINGS UNKNOWN)" : "");
	else if (unknown)
		snprintf(words, sizeof(words), "MARKING UNKNOWN");
	int indent = (int)(screen->width - strlen(words)) / 2;
	set_line(screen, 0, DESK_STRONG, "%*s%s", indent, "", words);
	set_line(screen, screen->height - 1, DESK_STRONG, "%*s%s", indent, "", words);
}

/* The list --------------------------------------------------------------------------------- */

enum field { SELECTED, SEVERITY, CLOCK, POINTS, CONTRACTOR, RULE, SUBJECT, COUNT, STATE, FIRST,
	     OWNER, MARKING, NUMBER, TITLE, FIELDS };

/* from: the width of the screen that it takes to be shown. */
static const struct {
	const char *heading;
	unsigned width, from;
	bool right;
} fields[FIELDS] = {
	[SELECTED] = { " ", 2, 0, false },
	[SEVERITY] = { "!", 8, 0, false },
	[CLOCK] = { "CLOCK", 12, 0, false },
	[POINTS] = { "PTS", 3, 90, true },
	[CONTRACTOR] = { "CONTR.", 8, 60, false },
	[RULE] = { "RULE", 12, 0, false },
	[SUBJECT] = { "SUBJECT", 12, 70, false },
	[COUNT] = { "N", 4, 75, true },
	[STATE] = { "STATE", 10, 78, false },
	[FIRST] = { "FIRST", 16, 130, false },
	[OWNER] = { "OWNER", 8, 110, false },
	[MARKING] = { "MARK", 8, 120, false },
	[NUMBER] = { "ID", 13, 98, false },
	[TITLE] = { "WHAT", 24, 160, false },
};

static void field_text(const struct desk_row *row, enum field field, struct buffer *out)
{
	char first[CALENDAR_TEXT];

	switch (field) {
	case SELECTED:
		buffer_add_string(out, row->selected ? "x" :
				       row->pending  ? "2" :
				       row->done     ? "-" :
						       "");
		break;
	case SEVERITY:
		buffer_add_string(out, row->severity_words);
		break;
	case CLOCK:
		buffer_add_string(out, row->clock);
		break;
	case POINTS:
		buffer_add_format(out, "%d", row->points);
		break;
	case CONTRACTOR:
		buffer_add_string(out, row->contractor);
		break;
	case RULE:
		buffer_add_string(out, row->rule);
		break;
	case SUBJECT:
		buffer_add_string(out, row->subject);
		break;
	case COUNT:
		if (row->count != 1)
			buffer_add_format(out, "%" PRId64, row->count);
		break;
	case STATE:
		buffer_add_string(out, row->state_words);
		break;
	case FIRST:
		buffer_add_text(out, text_head(text_of(calendar_to_rfc3339(row->first, first)), 16));
		break;
	case OWNER:
		buffer_add_string(out, *row->owner ? row->owner : "-");
		break;
	case MARKING:
		buffer_add_string(out, row->marking);
		break;
	case NUMBER:
		buffer_add_string(out, row->number);
		break;
	case TITLE:
		buffer_add_string(out, row->title);
		break;
	case FIELDS:
		break;
	}
}

/* Columns that are left over go to the subject, the rule, the state. */
static void field_widths(unsigned width, unsigned ret_widths[FIELDS])
{
	static const enum field wider[] = { SUBJECT, RULE, STATE, TITLE };
	unsigned taken = 0;

	for (int i = 0; i < FIELDS; i++) {
		ret_widths[i] = width >= fields[i].from ? fields[i].width : 0;
		taken += ret_widths[i] ? ret_widths[i] + 1 : 0;
	}
	for (size_t i = 0; taken < width; taken++, i++)
		if (ret_widths[wider[i % 4]])
			ret_widths[wider[i % 4]]++;
		else if (i % 4 == 1)
			break;
}

static enum desk_look look_of(const struct desk *desk, size_t index)
{
	const struct desk_row *row = &desk->rows[index];

	if (index == desk->cursor)
		return DESK_CURSOR;
	if (row->done)
		return DESK_FAINT;
	return row->severity >= 5 ? DESK_GRAVE : row->severity == 4 ? DESK_SERIOUS : DESK_PLAIN;
}

static void draw_row(const struct desk *desk, struct desk_screen *screen, unsigned at,
		     size_t index, const unsigned widths[FIELDS])
{
	struct buffer *out = line(screen, at, look_of(desk, index));
	CLEAN(buffer) struct buffer whole;
	CLEAN(buffer) struct buffer cell;

	buffer_init(&whole, 65536);
	buffer_init(&cell, 4096);
	/* Where the cursor is can be seen without any looks. */
	buffer_add_byte(&whole, index == desk->cursor ? '>' : ' ');
	for (enum field f = SELECTED; f < FIELDS; f++) {
		if (!widths[f])
			continue;
		buffer_reset(&cell);
		field_text(&desk->rows[index], f, &cell);
		add_cell(&whole, buffer_text(&cell), widths[f], fields[f].right);
		buffer_add_byte(&whole, ' ');
	}
	add_cell(out, buffer_text(&whole), screen->width, false);
}

static void draw_list(struct desk *desk, struct desk_screen *screen, unsigned at, unsigned room)
{
	unsigned widths[FIELDS];
	CLEAN(buffer) struct buffer heading;

	buffer_init(&heading, 4096);
	field_widths(screen->width - 1, widths);
	buffer_add_byte(&heading, ' ');
	for (int i = 0; i < FIELDS; i++)
		if (widths[i]) {
			add_cell(&heading, text_of(fields[i].heading), widths[i], fields[i].right);
			buffer_add_byte(&heading, ' ');
		}
	add_line(screen, at, DESK_STRONG, buffer_text(&heading));
	desk->list_lines = room - 1;
	if (desk->cursor < desk->top)
		desk->top = desk->cursor;
	if (desk->cursor >= desk->top + desk->list_lines)
		desk->top = desk->cursor - desk->list_lines + 1;
	for (unsigned i = 0; i < desk->list_lines; i++)
		if (desk->top + i < desk->row_count)
			draw_row(desk, screen, at + 1 + i, desk->top + i, widths);
		else
			set_line(screen, at + 1 + i, DESK_PLAIN, "%s",
				 i == 0 && desk->row_count == 0 ? " Nothing matches." : "");
}

/* What stands below the list ------------------------------------------------------------------ */

static void draw_palette(const struct desk *desk, struct desk_screen *screen, unsigned at,
			 unsigned room)
{
	size_t from = desk->chosen < desk->choice_count && desk->chosen >= room ?
			      desk->chosen - room + 1 :
			      0;

	for (unsigned i = 0; i < room && from + i < desk->choice_count; i++) {
		const struct choice *c = &desk->choices[from + i];

		set_line(screen, at + i,
			 from + i == desk->chosen ? DESK_CURSOR : DESK_PLAIN,
			 "%c %c  %-5s %s: %s", from + i == desk->chosen ? '>' : ' ', c->key,
			 c->reason ? c->reason : "",
			 casework_action_describe(c->action)->name, c->words);
	}
}

static void draw_saved(const struct desk *desk, struct desk_screen *screen, unsigned at,
		       unsigned room)
{
	size_t from = desk->saved_at >= room ? desk->saved_at - room + 1 : 0;

	for (unsigned i = 0; i < room && from + i < desk->saved_count; i++)
		set_line(screen, at + i, from + i == desk->saved_at ? DESK_CURSOR : DESK_PLAIN,
			 "%c %-16s %s", from + i == desk->saved_at ? '>' : ' ',
			 desk->saved[from + i].name, desk->saved[from + i].filter);
}

static void draw_text(struct desk *desk, struct desk_screen *screen, unsigned at,
		      unsigned room, struct text text)
{
	size_t count = add_lines(screen, at, room, text, desk->detail_top);

	/* Not past the last line. */
	if (count && desk->detail_top >= count) {
		desk->detail_top = count - 1;
		add_lines(screen, at, room, text, desk->detail_top);
	}
}

static void draw_menu(const struct desk *desk, struct desk_screen *screen, unsigned at,
		      unsigned room)
{
	size_t count, from = desk->menu_at >= room ? desk->menu_at - room + 1 : 0;
	const struct desk_key_words *keys = desk_keys(&count);

	for (unsigned i = 0; i < room && from + i < count; i++) {
		bool chosen = from + i == desk->menu_at;
		CLEAN(buffer) struct buffer written;

		buffer_init(&written, 4096);
		menu_keys_add(desk, &keys[from + i], &written);
		set_line(screen, at + i, chosen ? DESK_CURSOR : DESK_PLAIN, "%c %-10s %s",
			 chosen ? '>' : ' ', written.data ? written.data : "-",
			 keys[from + i].does);
	}
}

static void draw_below(struct desk *desk, struct desk_screen *screen, unsigned at,
		       unsigned room)
{
	switch (desk->mode) {
	case MODE_PALETTE:
		draw_palette(desk, screen, at, room);
		break;
	case MODE_SAVED:
		draw_saved(desk, screen, at, room);
		break;
	case MODE_MENU:
		draw_menu(desk, screen, at, room);
		break;
	case MODE_PREVIEW:
		draw_text(desk, screen, at, room, buffer_text(&desk->preview));
		break;
	case MODE_PROMPT:
		if (desk->typed == TYPED_COUNT) {
			draw_text(desk, screen, at, room, buffer_text(&desk->preview));
			break;
		}
		/* FALLTHROUGH */
	case MODE_LIST:
	case MODE_DETAIL:
		draw_text(desk, screen, at, room, buffer_text(&desk->detail));
		break;
	}
}

static const char *hints(const struct desk *desk)
{
	if (desk->keys_off)
		return desk->mode == MODE_LIST ?
			       "Up Down move, Enter opens the menu of what can be done" :
			       "Up Down move, Enter does it, Esc leads back";
	switch (desk->mode) {
	case MODE_PALETTE:
		return "a letter picks, Enter commits, Esc leads back";
	case MODE_PREVIEW:
		return "Enter does it, Esc leads back, j k move";
	case MODE_SAVED:
		return "j k choose, Enter uses it, Esc leads back";
	case MODE_MENU:
		return "j k move, Enter does it, any other key leads back";
	case MODE_DETAIL:
		return "j k move here, Esc leads back to the list, ? all keys";
	case MODE_LIST:
	case MODE_PROMPT:
		break;
	}
	return "j k move  d decide  t triage  a take  n notice  u undo  / filter  ? all keys  q leave";
}

/* The end of a long line is what is being typed. */
static void draw_prompt(const struct desk *desk, struct desk_screen *screen, unsigned at)
{
	CLEAN(buffer) struct buffer words;
	CLEAN(buffer) struct buffer typed;
	struct text tail;

	buffer_init(&words, 65536);
	buffer_init(&typed, 65536);
	prompt_label(desk, &words);
	buffer_add_escaped(&typed, (struct text){ desk->words, desk->words_length }, 0);
	tail = buffer_text(&typed);
	size_t room = screen->width > report_width(buffer_text(&words)) + 20 ?
			      screen->width - report_width(buffer_text(&words)) - 1 :
			      20;
	if (room == 20)
		words.length = report_head(buffer_text(&words), screen->width - 21).length;
	while (report_width(tail) > room) {
		tail = text_skip(tail, 1);
		while (tail.length && (tail.bytes[0] & 0xc0) == 0x80)
			tail = text_skip(tail, 1);
	}
	buffer_add_text(&words, tail);
	screen->cursor_line = (int)at;
	screen->cursor_column = (int)report_width(buffer_text(&words));
	add_line(screen, at, DESK_PLAIN, buffer_text(&words));
}

static void draw_title(const struct desk *desk, struct desk_screen *screen)
{
	CLEAN(buffer) struct buffer title;

	buffer_init(&title, 65536);
	buffer_add_format(&title, "%s  %zu of %" PRId64 "%s", desk->person,
			  desk->row_count ? desk->cursor + 1 : 0, desk->matching,
			  desk->matching > 10000 ? "+" : "");
	if (desk->arrived > 0)
		buffer_add_format(&title, "  %" PRId64 " new (press .)", desk->arrived);
	if (desk->all_selected)
		buffer_add_string(&title, "  all selected");
	else if (desk_selected(desk))
		buffer_add_format(&title, "  %zu selected", desk_selected(desk));
	if (*desk->filter) {
		buffer_add_string(&title, "  filter: ");
		buffer_add_escaped(&title, text_of(desk->filter), 0);
	}
	add_line(screen, 1, DESK_STRONG, buffer_text(&title));
}

static void draw_separator(const struct desk *desk, struct desk_screen *screen, unsigned at)
{
	static const char *const views[] = { "", "history of ", "log records of ", "why here: " };
	const struct desk_row *row = desk_current(desk);
	CLEAN(buffer) struct buffer words;

	buffer_init(&words, 4096);
	buffer_add_string(&words, "-- ");
	if (desk->mode == MODE_PREVIEW || (desk->mode == MODE_PROMPT && desk->typed == TYPED_COUNT))
		buffer_add_string(&words, "preview ");
	else if (desk->mode == MODE_PALETTE)
		buffer_add_format(&words, "what to do with %s ",
				  desk->order.many ? "all that are selected" : row ? row->number : "");
	else if (row)
		buffer_add_format(&words, "%s%s %s ", views[desk->view], row->number, row->title);
	while (report_width(buffer_text(&words)) < screen->width)
		buffer_add_byte(&words, '-');
	add_line(screen, at, DESK_STRONG, buffer_text(&words));
}

/* Who was faster, and when, has to be read whole: two lines, broken at a space. */
static void draw_status(const struct desk *desk, struct desk_screen *screen, unsigned at)
{
	enum desk_look look = desk->status_bad ? DESK_STRONG : DESK_PLAIN;
	struct text words = text_of(desk->status);
	struct text first = report_head(words, screen->width);

	if (first.length < words.length)
		while (first.length > screen->width / 2 && words.bytes[first.length] != ' ')
			first.length--;
	add_line(screen, at, look, first);
	add_line(screen, at + 1, look, text_trim(text_skip(words, first.length)));
}

void desk_draw(struct desk *desk, unsigned width, unsigned height, struct desk_screen *screen)
{
	width = width < DESK_WIDTH_LEAST ? DESK_WIDTH_LEAST : width;
	width = width > DESK_WIDTH_MOST ? DESK_WIDTH_MOST : width;
	height = height < DESK_HEIGHT_LEAST ? DESK_HEIGHT_LEAST : height;
	height = height > DESK_HEIGHT_MOST ? DESK_HEIGHT_MOST : height;
	screen->width = width;
	screen->height = height;
	screen->cursor_line = screen->cursor_column = -1;
	for (unsigned i = 0; i < height; i++) {
		screen->lines[i].look = DESK_PLAIN;
		buffer_reset(&screen->lines[i].text);
	}
	/* banner, title, list, separator, below, status of two lines, prompt, banner */
	unsigned rooms = height - 7, list = rooms * 2 / 5 < 4 ? 4 : rooms * 2 / 5;
	unsigned below = rooms - list;

	draw_banners(desk, screen);
	draw_title(desk, screen);
	draw_list(desk, screen, 2, list);
	draw_separator(desk, screen, 2 + list);
	draw_below(desk, screen, 3 + list, below);
	draw_status(desk, screen, height - 4);
	if (desk->mode == MODE_PROMPT)
		draw_prompt(desk, screen, height - 2);
	else
		set_line(screen, height - 2, DESK_FAINT, "%s", hints(desk));
	for (unsigned i = 0; i < height; i++)
		if (screen->lines[i].text.length == 0)
			add_line(screen, i, DESK_PLAIN, TEXT(""));
}
