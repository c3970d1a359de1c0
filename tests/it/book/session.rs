//! The session that the README shows as a picture, drawn from what envlock prints.

use std::fmt::Write as _;

use anstyle_svg::Term;

use super::{is_current, place::Place};

/// What is run, in a directory with the export from macOS of the fixtures and nothing else.
const COMMANDS: [&str; 2] = ["envlock convert environment.yml", "envlock check"];

/// For those who don't see the picture.
const TITLE: &str = "A session with envlock";
const DESCRIPTION: &str = "envlock convert environment.yml reads an export from macOS with 41 packages. It keeps 30, moves 6 \
                           and leaves out 5, names the reason of each that people use, writes the lock and the Dockerfile, \
                           and ends with the docker command that builds the image. envlock check then finds both fresh.";

/// The colours of what envlock prints, on white and on black. Each pair has a contrast of 4.5 at least.
const COLOURS: [(&str, &str, &str); 9] = [
    ("bg", "#ffffff", "#161b22"),
    ("fg", "#1c2430", "#e6edf3"),
    ("prompt", "#5a6675", "#9da7b3"),
    ("fg-green", "#1a7f37", "#4cc26f"),
    ("fg-cyan", "#0b6e8a", "#56d4dd"),
    ("fg-yellow", "#7d5a00", "#e3b341"),
    ("fg-red", "#b3261e", "#ff7b72"),
    ("fg-blue", "#0b5cad", "#79b8ff"),
    ("fg-magenta", "#8a3ba8", "#d2a8ff"),
];

#[test]
fn the_picture_shows_what_is_printed() {
    let Some(place) = Place::bare("macos") else { return };
    let mut session = String::new();
    for command in COMMANDS {
        let coloured = command.replacen("envlock", "envlock --color always", 1);
        let said = place.run(&format!("unset NO_COLOR; {{ {coloured}\n}} 2>&1"));
        assert_eq!(said.code, 0, "{}", said.stdout);
        assert!(said.stdout.contains('\u{1b}') || command == COMMANDS[1], "no colours: {}", said.stdout);
        _ = write!(session, "$ {command}\n{}\n", said.stdout);
    }
    let plain = anstream::adapter::strip_str(session.trim_end()).to_string();
    assert!(plain.lines().all(|line| line.chars().count() <= 80), "{plain}");
    is_current("book/src/img/session.svg", &picture(session.trim_end()));
}

/// The picture of a terminal that shows this.
fn picture(session: &str) -> String {
    let drawn = Term::new().min_width_px(690).render_svg(session);
    let (head, rest) = drawn.split_once('\n').unwrap();
    let (style, body) = rest.split_once("  </style>\n").unwrap();
    for class in style.split("    .").skip(1).filter_map(|rule| rule.split(' ').next()) {
        let is_known =
            !class.starts_with("fg") && !class.starts_with("bg") || COLOURS.iter().any(|(name, ..)| *name == class);
        assert!(is_known, "{class} has no colours");
    }
    let rules = |choose: fn(&(&str, &str, &str)) -> String, indent: &str| -> String {
        COLOURS.each_ref().map(|colour| format!("{indent}{}\n", choose(colour))).concat()
    };
    let light = rules(|(name, light, _)| format!(".{name} {{ fill: {light} }}"), "    ");
    let dark = rules(|(name, _, dark)| format!(".{name} {{ fill: {dark} }}"), "      ");
    let number = |name: &str| head.split(&format!("{name}=\"")).nth(1).unwrap().split("px").next().unwrap().to_owned();
    let (width, height) = (number("width"), number("height"));
    format!(
        "<svg width=\"{width}px\" height=\"{height}px\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         aria-labelledby=\"title desc\" xmlns=\"http://www.w3.org/2000/svg\">\n  <title id=\"title\">{TITLE}</title>\n  \
         <desc id=\"desc\">{DESCRIPTION}</desc>\n{style}{light}    @media (prefers-color-scheme: dark) {{\n{dark}    }}\n  \
         </style>\n{}",
        body.replace(">$ ", "><tspan class=\"prompt\">$ </tspan>")
    )
}
