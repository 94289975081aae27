/* The state of the desk, which only this room sees. */
#ifndef DESK_STATE_H
#define DESK_STATE_H

#include "desk/desk.h"

#define LINES_BYTES ((size_t)4 << 20)
#define SAVED_MOST 200u
#define UNDO_MOST 200u
#define CHOICES_MOST 24u

enum desk_mode {
	MODE_LIST,
	MODE_DETAIL,           /* keys move in the detail */
	MODE_PALETTE,          /* which reason? */
	MODE_PROMPT,           /* a line is typed */
	MODE_PREVIEW,          /* an act on many waits for Enter */
	MODE_SAVED,            /* which filter? */
	MODE_MENU,             /* all keys */
};

/* A line of a palette. */
struct choice {
	int key;
	enum casework_action action;
	const char *reason;            /* code, or NULL */
	const char *words;
};

/* What is being put together: an action, its reason, then what it needs. */
struct order {
	bool many;                     /* on all that are selected */
	bool wide;                     /* on others like it too: looked at first */
	enum casework_action action;
	const char *reason;
	unsigned needed;               /* bit n: argument n has to be typed yet */
	struct buffer note, data;      /* data: members of a JSON object so far */
	bool has_note;
};

enum typed { TYPED_FILTER, TYPED_ARGUMENT, TYPED_COUNT };

/* An act that can be taken back. */
struct undoable {
	struct desk_target target;
	bool many;                     /* the bulk that was done last; no target */
};

struct desk {
	char person[64];
	char filter[DESK_WORDS];
	struct desk_row *rows;
	size_t row_count, cursor, top;
	bool more;
	int64_t matching, arrived;
	struct desk_target was_at;     /* where the cursor was before a reload */
	bool all_selected;
	size_t anchor;                 /* row that was selected last */

	enum desk_mode mode;
	enum desk_view view;
	struct buffer detail;
	size_t detail_top;
	bool detail_wanted;            /* the cursor has moved since it was shown */

	struct choice choices[CHOICES_MOST];
	size_t choice_count, chosen;   /* chosen: choice_count while none is */
	struct order order;

	enum typed typed;
	enum casework_argument argument;
	char words[DESK_WORDS];
	size_t words_length;

	struct buffer preview;
	int64_t preview_count;
	bool preview_expects;
	struct desk_target *targets;   /* of the preview, and then of the bulk done last */
	size_t target_count;
	bool targets_all;

	struct {
		char name[40];
		char filter[DESK_WORDS];
	} *saved;
	size_t saved_count, saved_at;

	char does[128];                /* by key: the one of keys.def that it stands for, or 0 */
	bool keys_changed, keys_off;
	size_t menu_at;

	struct undoable undo[UNDO_MOST];
	size_t undo_count;
	bool undoing;
	char status[512];
	bool status_bad;
	unsigned list_lines;           /* of the last drawing */
};

void desk_status(struct desk *desk, bool bad, const char *format, ...) PRINTF_LIKE(3, 4);
struct desk_target desk_target_of(const struct desk_row *row);
/* How many are selected; 0: an act is about the row under the cursor. */
size_t desk_selected(const struct desk *desk);
struct desk_row *desk_row_find(struct desk *desk, const struct desk_target *target);
void desk_order_done(struct desk *desk);

/* order.c: keys that begin an act, and the palette. */
struct desk_wish order_begin(struct desk *desk, enum casework_action action);
void order_open_decisions(struct desk *desk);
void order_open_signature(struct desk *desk);
void order_open_suppression(struct desk *desk);
struct desk_wish order_key(struct desk *desk, int key);
struct desk_wish order_go_on(struct desk *desk);
struct desk_wish order_undo(struct desk *desk);

/* menu.c: what keys mean, and the menu of them all. */
void menu_init(struct desk *desk);
/* What a key stands for where it was pressed; 0: nothing. */
int menu_meaning(const struct desk *desk, int key);
/* The keys that stand for it. */
void menu_keys_add(const struct desk *desk, const struct desk_key_words *words,
		   struct buffer *out);
/* The key that was chosen, or 0. */
int menu_key(struct desk *desk, int key);

/* prompt.c: a line that is typed. */
void prompt_open(struct desk *desk, enum typed typed, const char *words);
struct desk_wish prompt_key(struct desk *desk, int key);
/* What stands before the words: "filter: ". */
void prompt_label(const struct desk *desk, struct buffer *out);

#endif
