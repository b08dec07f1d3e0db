use super::*;

const RED: [u8; 4] = [0, 0, 200, 255];
const BLUE: [u8; 4] = [220, 0, 0, 255];

fn canvas(width: u32, height: u32) -> Canvas {
    let mut canvas = Canvas::default();
    canvas.reset(Size::new(width, height));
    damage(&mut canvas);
    canvas
}

fn damage(canvas: &mut Canvas) -> Vec<[u32; 4]> {
    let mut rects = Vec::new();
    canvas.take_damage(&mut rects);
    rects.iter().map(|rect| [rect.x, rect.y, rect.width, rect.height]).collect()
}

fn fill(canvas: &mut Canvas, [x, y, width, height]: [u32; 4], colour: [u8; 4]) {
    let bytes = colour.repeat(width as usize * height as usize);
    canvas.paint(x, y, Pixels::packed(&bytes, width));
}

fn pixel(canvas: &Canvas, x: u32, y: u32) -> [u8; 4] {
    let start = canvas.offset(x, y);
    canvas.bytes()[start..start + 4].try_into().unwrap()
}

fn pointer(left: i32, top: i32, colour: u32) -> Option<Pointer> {
    Some(Pointer { area: Area::new(left, top, 4, 4), image: vec![colour; 16] })
}

#[test]
fn a_new_canvas_is_black_and_damaged_as_a_whole() {
    let mut canvas = Canvas::default();
    canvas.reset(Size::new(130, 70));
    assert_eq!(damage(&mut canvas), [[0, 0, 130, 64], [0, 64, 130, 6]]);
    assert!(canvas.bytes().chunks(4).all(|pixel| pixel == BLACK));
    assert_eq!(damage(&mut canvas), [[0; 4]; 0], "damage is taken once");
}

#[test]
fn painting_what_is_there_already_damages_nothing() {
    let mut canvas = canvas(200, 200);
    fill(&mut canvas, [10, 10, 150, 150], RED);
    damage(&mut canvas);
    fill(&mut canvas, [10, 10, 150, 150], RED);
    fill(&mut canvas, [20, 20, 1, 1], [0, 0, 200, 0]);
    assert_eq!(damage(&mut canvas), [[0; 4]; 0], "and the fourth byte carries no colour");
    assert_eq!(pixel(&canvas, 20, 20), RED);
}

#[test]
fn claimed_damage_is_trimmed_to_the_tiles_that_differ() {
    let mut canvas = canvas(300, 200);
    let mut bytes = BLACK.repeat(300 * 200);
    for (x, y) in [(70, 10), (140, 10), (299, 199)] {
        bytes[(y * 300 + x) * 4..][..4].copy_from_slice(&BLUE);
    }
    canvas.paint(0, 0, Pixels::packed(&bytes, 300));
    assert_eq!(damage(&mut canvas), [[64, 0, 128, 64], [256, 192, 44, 8]]);
    assert_eq!(canvas.bytes(), bytes);
}

#[test]
fn what_sticks_out_of_the_canvas_is_left_away() {
    let mut canvas = canvas(100, 100);
    fill(&mut canvas, [90, 95, 50, 50], RED);
    fill(&mut canvas, [500, 0, 50, 50], RED);
    assert_eq!(pixel(&canvas, 99, 99), RED);
    assert_eq!(pixel(&canvas, 89, 99), BLACK);
    assert_eq!(damage(&mut canvas), [[64, 64, 36, 36]]);
}

#[test]
fn blackening_touches_only_what_was_coloured() {
    let mut canvas = canvas(200, 64);
    fill(&mut canvas, [0, 0, 64, 64], RED);
    damage(&mut canvas);
    canvas.blacken(Rect { x: 0, y: 0, width: 200, height: 64 });
    assert_eq!(damage(&mut canvas), [[0, 0, 64, 64]]);
    assert_eq!(pixel(&canvas, 5, 5), BLACK);
}

#[test]
fn a_pointer_that_stays_damages_nothing() {
    let mut canvas = canvas(200, 64);
    canvas.draw_pointer(pointer(10, 10, 0xffff_ffff));
    assert_eq!(damage(&mut canvas), [[0, 0, 64, 64]]);
    canvas.lift_pointer();
    canvas.draw_pointer(pointer(10, 10, 0xffff_ffff));
    assert_eq!(damage(&mut canvas), [[0; 4]; 0]);
    assert_eq!(pixel(&canvas, 10, 10), [255; 4]);
}

#[test]
fn a_moved_pointer_leaves_no_trace() {
    let mut canvas = canvas(200, 64);
    fill(&mut canvas, [0, 0, 200, 64], RED);
    canvas.draw_pointer(pointer(10, 10, 0xffff_ffff));
    damage(&mut canvas);
    canvas.draw_pointer(pointer(150, 10, 0xffff_ffff));
    assert_eq!(damage(&mut canvas), [[0, 0, 64, 64], [128, 0, 64, 64]]);
    assert_eq!(pixel(&canvas, 10, 10), RED);
    canvas.draw_pointer(None);
    assert_eq!(damage(&mut canvas), [[128, 0, 64, 64]]);
    assert!(canvas.bytes().chunks(4).all(|pixel| pixel == RED));
}

#[test]
fn what_is_painted_under_the_pointer_appears_when_it_leaves() {
    let mut canvas = canvas(64, 64);
    canvas.draw_pointer(pointer(10, 10, 0xffff_ffff));
    canvas.lift_pointer();
    fill(&mut canvas, [0, 0, 64, 64], BLUE);
    canvas.draw_pointer(pointer(10, 10, 0xffff_ffff));
    assert_eq!(pixel(&canvas, 11, 11), [255; 4]);
    canvas.draw_pointer(None);
    assert_eq!(pixel(&canvas, 11, 11), BLUE);
}

#[test]
fn a_pointer_at_the_edge_is_cut() {
    let mut canvas = canvas(64, 64);
    canvas.draw_pointer(pointer(-2, 62, 0xffff_ffff));
    assert_eq!(pixel(&canvas, 0, 62), [255; 4]);
    assert_eq!(pixel(&canvas, 1, 63), [255; 4]);
    assert_eq!(pixel(&canvas, 2, 63), BLACK);
    canvas.draw_pointer(pointer(-400, -400, 0xffff_ffff));
    assert!(canvas.bytes().chunks(4).all(|pixel| pixel == BLACK));
}

#[test]
fn translucent_pointers_are_mixed_with_what_lies_beneath() {
    let mut canvas = canvas(64, 64);
    fill(&mut canvas, [0, 0, 64, 64], [100, 100, 200, 255]);
    // Half transparent white, multiplied by its alpha.
    canvas.draw_pointer(pointer(0, 0, 0x8080_8080));
    assert_eq!(pixel(&canvas, 0, 0), [178, 178, 228, 255]);
}

#[test]
fn the_whole_picture_can_be_asked_for_though_nothing_changed() {
    let mut canvas = canvas(100, 60);
    canvas.mark_whole();
    assert_eq!(damage(&mut canvas), [[0, 0, 100, 60]]);
    assert_eq!(damage(&mut canvas), [[0; 4]; 0], "once");
}

#[test]
fn pixels_know_their_rows_and_parts() {
    let bytes: Vec<u8> = (0..32).collect();
    let pixels = Pixels::with_stride(&bytes[..28], 2, 12).unwrap();
    assert_eq!(pixels.size(), Size::new(2, 2));
    assert_eq!(
        Pixels::with_stride(&bytes, 2, 12).unwrap().size(),
        Size::new(2, 3),
        "the last row has no gap"
    );
    let rows: Vec<&[u8]> = pixels.rows().collect();
    assert_eq!(rows, [&bytes[..8], &bytes[12..20]]);
    let part = pixels.part(Rect { x: 1, y: 1, width: 1, height: 1 }).unwrap();
    assert_eq!(part.rows().collect::<Vec<_>>(), [&bytes[16..20]]);
    assert!(pixels.part(Rect { x: 1, y: 1, width: 2, height: 1 }).is_none());
    assert!(pixels.part(Rect { x: 1, y: 1, width: 0, height: 1 }).is_none());
    assert!(Pixels::with_stride(&bytes, 3, 11).is_none());
}
