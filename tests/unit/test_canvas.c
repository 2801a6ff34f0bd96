/* Canvas, keys and the line editor of the terminal app. */
#include "test.h"
#include "tui/editor.h"

#include <stdlib.h>

static void same_dump(const Canvas *canvas, const char *want)
{
    Text out;
    text_init(&out);
    canvas_dump(canvas, false, &out);
    assert_string_equal(text_str(&out), want);
    text_free(&out);
}

static void text_is_clipped_on_every_side(void **state)
{
    (void)state;
    Canvas *canvas = canvas_new(8, 3, false);
    Rect old = canvas_clip(canvas, (Rect){2, 1, 4, 1});
    assert_int_equal(canvas_text(canvas, 0, 1, LOOK_PLAIN, "abcdefgh"), 8);
    canvas_text(canvas, 2, 0, LOOK_PLAIN, "above");
    canvas_text(canvas, 2, 2, LOOK_PLAIN, "below");
    canvas_unclip(canvas, old);
    canvas_text(canvas, -3, 2, LOOK_PLAIN, "xyz12");
    same_dump(canvas, "\n  cdef\n12\n");
    canvas_free(canvas);
}

static void wide_characters_never_split(void **state)
{
    (void)state;
    Canvas *canvas = canvas_new(6, 1, false);
    canvas_text(canvas, 0, 0, LOOK_PLAIN, "a漢字b");
    same_dump(canvas, "a漢字b\n");
    canvas_text(canvas, 2, 0, LOOK_PLAIN, "x");
    same_dump(canvas, "a x字b\n");
    canvas_text(canvas, 5, 0, LOOK_PLAIN, "漢");
    same_dump(canvas, "a x字\n");
    assert_int_equal(text_columns("a漢字b"), 6);
    canvas_free(canvas);
}

static void accents_share_a_cell(void **state)
{
    (void)state;
    Canvas *canvas = canvas_new(4, 1, false);
    assert_int_equal(canvas_text(canvas, 0, 0, LOOK_PLAIN, "e\xcc\x81x"), 2);
    assert_string_equal(canvas_cell(canvas, 0, 0)->bytes, "e\xcc\x81");
    assert_string_equal(canvas_cell(canvas, 1, 0)->bytes, "x");
    canvas_free(canvas);
}

static void broken_and_control_bytes_become_marks(void **state)
{
    (void)state;
    Canvas *canvas = canvas_new(6, 1, false);
    canvas_text(canvas, 0, 0, LOOK_PLAIN,
                "a\x1b\xff"
                "b\n");
    same_dump(canvas, "a??b?\n");
    canvas_free(canvas);
}

static void ascii_has_a_stand_in_for_each_mark(void **state)
{
    (void)state;
    Canvas *canvas = canvas_new(6, 3, true);
    canvas_box(canvas, (Rect){0, 0, 6, 3}, LOOK_PLAIN, NULL);
    canvas_text(canvas, 1, 1, LOOK_PLAIN, "▸Δé…");
    same_dump(canvas, "+----+\n|>d?~|\n+----+\n");
    canvas_free(canvas);
}

static void long_text_ends_in_an_ellipsis(void **state)
{
    (void)state;
    Canvas *canvas = canvas_new(9, 2, false);
    canvas_text_fit(canvas, 0, 0, 5, LOOK_PLAIN, "abcdefg");
    canvas_text_right(canvas, 0, 1, 9, LOOK_PLAIN, "2.385");
    same_dump(canvas, "abcd…\n    2.385\n");
    canvas_free(canvas);
}

static void rectangles_split_without_loss(void **state)
{
    (void)state;
    for (int size = -2; size < 9; size++) {
        Rect rest, part = rect_split_rows((Rect){3, 4, 5, 6}, size, &rest);
        assert_int_equal(part.height + rest.height, 6);
        assert_int_equal(part.y + part.height, rest.y);
        part = rect_split_columns((Rect){3, 4, 5, 6}, size, &rest);
        assert_int_equal(part.width + rest.width, 5);
        assert_int_equal(part.x + part.width, rest.x);
    }
}

static void keys_have_names(void **state)
{
    (void)state;
    static const char *const names[] = {"x",    "Enter", "Esc", "C-r", "Space",
                                        "PgUp", "S-Tab", "F4",  "\\",  "é"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char back[16];
        Key key = key_parse(names[i], strlen(names[i]));
        assert_int_not_equal(key, KEY_OF_NONE);
        key_format(key, back, sizeof back);
        assert_string_equal(back, names[i]);
    }
    assert_int_equal(key_parse("Nope", 4), KEY_OF_NONE);
    assert_int_equal(key_parse("", 0), KEY_OF_NONE);
}

static void press(Editor *editor, const char *names)
{
    while (*names != '\0') {
        size_t n = strcspn(names, " ");
        editor_key(editor, key_parse(names, n));
        names += n;
        names += strspn(names, " ");
    }
}

static void editor_edits(void **state)
{
    (void)state;
    Editor editor;
    editor_start(&editor, "2.49", true);
    press(&editor, "3 . 1");
    assert_string_equal(editor.text, "3.1"); /* the first character replaced the old value */
    press(&editor, "Left Left Bksp 4");
    assert_string_equal(editor.text, "4.1");
    editor_start(&editor, "2.49", true);
    press(&editor, "End 5");
    assert_string_equal(editor.text, "2.495"); /* a move first: the old value stays */
    press(&editor, "Home Del C-e x");
    assert_string_equal(editor.text, ".495x");
    press(&editor, "C-u é Left Left a Right Bksp");
    assert_string_equal(editor.text, "a");
    editor_start(&editor, "one two three", false);
    press(&editor, "C-w");
    assert_string_equal(editor.text, "one two ");
    press(&editor, "Home Right C-k");
    assert_string_equal(editor.text, "o");
    assert_false(editor_key(&editor, KEY_OF_ENTER));
}

static void editor_stays_within_its_memory(void **state)
{
    (void)state;
    Editor editor;
    editor_start(&editor, "", false);
    for (int i = 0; i < 1000; i++) editor_key(&editor, i % 2 == 0 ? 0x6f22 : 'x');
    assert_true(editor.n_bytes < EDITOR_BYTES);
    assert_int_equal(editor.text[editor.n_bytes], '\0');
    Canvas *canvas = canvas_new(20, 1, false);
    editor_draw(&editor, canvas, 3, 0, 10);
    assert_true(canvas->has_cursor);
    assert_true(canvas->cursor_x >= 3 && canvas->cursor_x < 13);
    canvas_free(canvas);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_clipped_on_every_side),
        cmocka_unit_test(wide_characters_never_split),
        cmocka_unit_test(accents_share_a_cell),
        cmocka_unit_test(broken_and_control_bytes_become_marks),
        cmocka_unit_test(ascii_has_a_stand_in_for_each_mark),
        cmocka_unit_test(long_text_ends_in_an_ellipsis),
        cmocka_unit_test(rectangles_split_without_loss),
        cmocka_unit_test(keys_have_names),
        cmocka_unit_test(editor_edits),
        cmocka_unit_test(editor_stays_within_its_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
