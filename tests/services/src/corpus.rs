//! Made-up texts for the rules of redaction: a seed goes in, and out come texts with what is planted in each, and decoys that must stay.

/// A text and what must not be left of it, with the tag that stands in its place.
#[derive(Debug)]
pub struct Text {
    pub text: String,
    pub planted: Vec<(&'static str, String)>,
}

/// Numbers that are the same in each run.
struct Draw(u64);

impl Draw {
    fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    fn of(&mut self, alphabet: &str, count: usize) -> String {
        let alphabet: Vec<char> = alphabet.chars().collect();
        (0..count)
            .map(|_| alphabet[self.below(alphabet.len())])
            .collect()
    }

    fn digits(&mut self, count: usize) -> String {
        self.of("0123456789", count)
    }
}

const BASE62: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const HEX: &str = "0123456789abcdef";

const SENTENCES: [&str; 14] = [
    "Please look at my last order, it has not arrived yet. ",
    "Die Rechnung wurde am Montag bezahlt, aber das Paket fehlt. ",
    "Bonjour, je voudrais changer la date de ma livraison. ",
    "Summarise the following e-mail in two sentences, and keep the tone friendly. ",
    "The function returns a list of pairs; sort it by the second element. ",
    "請幫我把這段文字翻譯成英文。",
    "Traceback (most recent call last): File \"main.py\", line 12, in <module>\n",
    "¿Puede decirme si la tienda abre el domingo por la mañana? ",
    "{\"temperature\": 0.7, \"max_tokens\": 512, \"stream\": true} ",
    "We measured a latency of 231 ms at the 95th percentile, and 1,024 tokens a second. ",
    "| name | price |\n|---|---|\n| tea | 3.20 |\n",
    "Her talk on attention mechanisms was the best of the whole conference. ",
    "Nach dem Update startet der Dienst nicht mehr; im Protokoll steht nur ein Zeitlimit. ",
    "Write a haiku about autumn rain. ",
];

/// What looks like a secret or a number of somebody's and is none.
fn decoy(draw: &mut Draw) -> String {
    match draw.below(18) {
        0 => format!("See commit {}. ", draw.of(HEX, 40)),
        1 => format!(
            "Request {}-{}-4{}-a{}-{} failed. ",
            draw.of(HEX, 8),
            draw.of(HEX, 4),
            draw.of(HEX, 3),
            draw.of(HEX, 3),
            draw.of(HEX, 12)
        ),
        2 => format!("Order {} was shipped. ", {
            let mut card = card_digits(draw);
            let last = card.pop().expect("a digit");
            card.push(if last == '9' {
                '0'
            } else {
                (last as u8 + 1) as char
            });
            card
        }),
        3 => format!(
            "Logged at 2026-{:02}-{:02} 1{}:{}. ",
            draw.below(12) + 1,
            draw.below(28) + 1,
            draw.below(10),
            draw.below(50) + 10
        ),
        4 => format!(
            "Fällig am {:02}.{:02}.2026, {:02} Uhr. ",
            draw.below(28) + 1,
            draw.below(12) + 1,
            draw.below(24)
        ),
        5 => format!(
            "The server is 10.{}.{}.{}. ",
            draw.below(256),
            draw.below(256),
            draw.below(256)
        ),
        6 => format!("The epoch is 17{}. ", draw.digits(11)),
        7 => format!(
            "ISBN 978-3-{}-{}-{}. ",
            draw.digits(2),
            draw.digits(6),
            draw.digits(1)
        ),
        8 => "Clone git@github.com:acme/shop.git first. ".to_owned(),
        9 => format!("The image is logo@{}x.png. ", draw.below(3) + 1),
        10 => format!(
            "Install @acme/tools@{}.{}.{}. ",
            draw.below(9),
            draw.below(30),
            draw.below(30)
        ),
        11 => "It needs sk-learn-contrib-and-other-packages installed. ".to_owned(),
        12 => "He is the bearer of remarkably-unpleasant-news-today. ".to_owned(),
        13 => format!(
            "IBAN DE00 {} {} {} {} 00 was refused. ",
            draw.digits(4),
            draw.digits(4),
            draw.digits(4),
            draw.digits(4)
        ),
        14 => format!(
            "Set api_key={{{{ secrets.{}_KEY }}}} there. ",
            draw.one(&["OPENAI", "STRIPE"])
        ),
        15 => format!(
            "The total is {},{},{} or {}.{}. ",
            draw.below(900) + 1,
            draw.digits(3),
            draw.digits(3),
            draw.below(9),
            draw.digits(12)
        ),
        16 => format!("data:image/png;base64,iVBORw0KGgo{} ", draw.of(BASE62, 60)),
        _ => format!(
            "v{}.{}.{}-rc.{} and build {} ",
            draw.below(9),
            draw.below(99),
            draw.below(99),
            draw.below(9),
            draw.digits(9)
        ),
    }
}

fn check_digit(digits: &str) -> char {
    let sum: u32 = digits
        .chars()
        .rev()
        .map(|c| c.to_digit(10).expect("a digit"))
        .enumerate()
        .map(|(at, d)| {
            if at % 2 == 0 {
                d * 2 / 10 + d * 2 % 10
            } else {
                d
            }
        })
        .sum();
    char::from_digit((10 - sum % 10) % 10, 10).expect("a digit")
}

fn card_digits(draw: &mut Draw) -> String {
    let (start, length) = [
        ("4", 16),
        ("51", 16),
        ("2345", 16),
        ("37", 15),
        ("6011", 16),
        ("3530", 16),
    ][draw.below(6)];
    let mut card = format!("{start}{}", draw.digits(length - 1 - start.len()));
    card.push(check_digit(&card));
    card
}

fn card(draw: &mut Draw) -> String {
    let card = card_digits(draw);
    let groups: &[usize] = if card.len() == 15 {
        &[4, 6, 5]
    } else {
        &[4, 4, 4, 4]
    };
    let separator = [" ", "-", ""][draw.below(3)];
    let mut at = 0;
    let parts: Vec<&str> = groups
        .iter()
        .map(|length| {
            at += length;
            &card[at - length..at]
        })
        .collect();
    parts.join(separator)
}

fn iban(draw: &mut Draw) -> String {
    let (country, rest) = match draw.below(4) {
        0 => ("DE", draw.digits(18)),
        1 => ("GB", format!("WEST{}", draw.digits(14))),
        2 => ("NL", format!("ABNA{}", draw.digits(10))),
        _ => (
            "FR",
            format!(
                "{}{}{}",
                draw.digits(10),
                draw.of("ABCDEFGH0123456789", 11),
                draw.digits(2)
            ),
        ),
    };
    let moved: String = format!("{rest}{country}00")
        .chars()
        .map(|c| c.to_digit(36).expect("a letter or digit").to_string())
        .collect();
    let rest_of_97 = moved
        .bytes()
        .fold(0, |sum, b| (sum * 10 + u32::from(b - b'0')) % 97);
    let iban = format!("{country}{:02}{rest}", 98 - rest_of_97);
    if draw.below(2) == 0 {
        return iban;
    }
    let groups: Vec<&str> = (0..iban.len())
        .step_by(4)
        .map(|at| &iban[at..(at + 4).min(iban.len())])
        .collect();
    groups.join(" ")
}

fn email(draw: &mut Draw) -> String {
    let name = draw.one(&[
        "alice",
        "bob.miller",
        "c_o'neill",
        "d+shop",
        "jörg.weiß",
        "иван",
        "x1",
        "info-de",
        "F.G.H",
    ]);
    let host = draw.one(&[
        "example.com",
        "mail.example.co.uk",
        "exämple.de",
        "shop-24.io",
        "a.b.c.example.org",
        "UNI.EDU",
    ]);
    format!("{name}@{host}")
}

fn phone(draw: &mut Draw) -> (String, &'static str) {
    let number = match draw.below(10) {
        0 => format!("+49 {} {}", 30 + draw.below(60), draw.digits(7)),
        1 => format!(
            "+1 (4{}) 5{}-{}",
            draw.digits(2),
            draw.digits(2),
            draw.digits(4)
        ),
        2 => format!("+336{}", draw.digits(8)),
        3 => format!(
            "({}{}) {}{}-{}",
            2 + draw.below(8),
            draw.digits(2),
            2 + draw.below(8),
            draw.digits(2),
            draw.digits(4)
        ),
        4 => format!("4{}-5{}-{}", draw.digits(2), draw.digits(2), draw.digits(4)),
        5 => format!(
            "06 {} {} {} {}",
            draw.digits(2),
            draw.digits(2),
            draw.digits(2),
            draw.digits(2)
        ),
        6 => format!("030/{} {}", draw.digits(4), draw.digits(4)),
        7 => format!("020 7{} {}", draw.digits(3), draw.digits(4)),
        8 => format!("0049 89 {}", draw.digits(7)),
        // As people write it where the word before says what it is, and, one in twenty, where none does.
        _ => {
            return (
                format!("4{}", draw.digits(9)),
                if draw.below(2) == 0 { "" } else { "Phone: " },
            );
        }
    };
    (number, "")
}

fn api_key(draw: &mut Draw) -> (String, &'static str) {
    let key = match draw.below(14) {
        0 => format!("sk-proj-{}", draw.of(BASE62, 48)),
        1 => format!(
            "sk-ant-api03-{}-{}AA",
            draw.of(BASE62, 60),
            draw.of(BASE62, 32)
        ),
        2 => format!("sk-or-v1-{}", draw.of(HEX, 64)),
        3 => format!("sk-{}", draw.of(HEX, 32)),
        4 => format!("AIza{}", draw.of(BASE62, 35)),
        5 => format!("AKIA{}", draw.of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)),
        6 => format!("ghp_{}", draw.of(BASE62, 36)),
        7 => format!(
            "xoxb-{}-{}-{}",
            draw.digits(11),
            draw.digits(12),
            draw.of(BASE62, 24)
        ),
        8 => format!("sk_live_{}", draw.of(BASE62, 24)),
        9 => format!("hf_{}", draw.of(BASE62, 34)),
        10 => format!("gsk_{}", draw.of(BASE62, 52)),
        11 => format!("glpat-{}", draw.of(BASE62, 20)),
        12 => {
            return (
                draw.of(HEX, 32),
                draw.one(&["api-key: ", "API_KEY=", "\"apiKey\": \"", "&access_token="]),
            );
        }
        // Nothing says what it is, one in thirty or so.
        _ => {
            return (
                draw.of(HEX, 32),
                if draw.below(2) == 0 {
                    "client_secret = '"
                } else {
                    ""
                },
            );
        }
    };
    (key, "")
}

fn base64url(text: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut out = String::new();
    for three in text.as_bytes().chunks(3) {
        let bits =
            three.iter().fold(0_u32, |n, b| n << 8 | u32::from(*b)) << (8 * (3 - three.len()));
        for at in 0..=three.len() {
            out.push(ALPHABET[(bits >> (18 - 6 * at) & 63) as usize] as char);
        }
    }
    out
}

fn jwt(draw: &mut Draw) -> String {
    let algorithm = draw.one(&["HS256", "RS256", "ES256", "none"]);
    let header = match draw.below(3) {
        0 => format!("{{\"alg\":\"{algorithm}\",\"typ\":\"JWT\"}}"),
        1 => format!("{{\"typ\":\"JWT\",\"alg\":\"{algorithm}\"}}"),
        _ => format!(
            "{{\"kid\":\"{}\",\"alg\":\"{algorithm}\"}}",
            draw.of(HEX, 8)
        ),
    };
    let claims = format!(
        "{{\"sub\":\"{}\",\"iat\":17{}}}",
        draw.digits(8),
        draw.digits(8)
    );
    format!(
        "{}.{}.{}",
        base64url(&header),
        base64url(&claims),
        draw.of(BASE62, 43)
    )
}

fn private_key(draw: &mut Draw) -> String {
    let kind = draw.one(&["RSA ", "EC ", "OPENSSH ", "", "ENCRYPTED "]);
    let lines: Vec<String> = (0..3).map(|_| draw.of(BASE62, 64)).collect();
    let end = draw.one(&["\n", "\\n"]);
    format!(
        "-----BEGIN {kind}PRIVATE KEY-----{end}{}{end}-----END {kind}PRIVATE KEY-----",
        lines.join(end)
    )
}

fn plant(draw: &mut Draw, text: &mut Text) {
    let (tag, value, before) = match draw.below(9) {
        0 | 1 => (
            "[email]",
            email(draw),
            draw.one(&["Write to ", "mailto:", "<", "\"email\": \""]),
        ),
        2 => {
            let (number, before) = phone(draw);
            ("[phone]", number, before)
        }
        3 => (
            "[card]",
            card(draw),
            draw.one(&["My card is ", "\"card\":\"", "Karte: "]),
        ),
        4 => (
            "[iban]",
            iban(draw),
            draw.one(&["IBAN: ", "Überweisen Sie auf ", "iban="]),
        ),
        5 => {
            let (key, before) = api_key(draw);
            ("[api_key]", key, before)
        }
        6 => (
            "[jwt]",
            jwt(draw),
            draw.one(&["token=", "session ", "\"jwt\":\""]),
        ),
        7 => ("[private_key]", private_key(draw), "key: "),
        _ => {
            let token = draw.of(BASE62, 32);
            (
                "[bearer]",
                token,
                draw.one(&[
                    "Authorization: Bearer ",
                    "'authorization': 'bearer ",
                    "Bearer ",
                ]),
            )
        }
    };
    text.text.push_str(before);
    text.text.push_str(&value);
    text.text
        .push_str(draw.one(&[". ", "\n", "\" ", ", ", " "]));
    text.planted.push((tag, value));
}

/// `count` texts; in half of them something is planted, in most are decoys.
pub fn texts(count: usize, seed: u64) -> Vec<Text> {
    let mut draw = Draw::new(seed);
    (0..count)
        .map(|at| {
            let mut text = Text {
                text: String::new(),
                planted: Vec::new(),
            };
            for _ in 0..2 + draw.below(6) {
                text.text.push_str(draw.one(&SENTENCES));
                if draw.below(2) == 0 {
                    text.text.push_str(&decoy(&mut draw));
                }
                if at % 2 == 0 && draw.below(2) == 0 {
                    plant(&mut draw, &mut text);
                }
            }
            text
        })
        .collect()
}

/// Texts of `size` bytes each that are made to take long, by what they consist of.
pub fn hostile(size: usize) -> Vec<(&'static str, String)> {
    let repeated = |part: &str| part.repeat(size / part.len());
    let parts = [
        "a@",
        "a@b.cc.",
        "@",
        ".a",
        "eyJ",
        "eyJhbGciOiJIUzI1NiJ9.",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN ",
        "1",
        "1 ",
        "4111 ",
        "4111111111111111",
        "+1 ",
        "+",
        "0",
        "00 49 ",
        "(0) ",
        "DE89",
        "DE89 3704 ",
        "sk-",
        "sk-a1",
        "Bearer ",
        "basic a",
        "authorization:",
        "api_key=",
        "api_key=a1",
        "phone 0 ",
        "phone:",
        "A",
        "\u{0}",
        "é",
        "€1",
        "\"\\",
    ];
    parts.map(|part| (part, repeated(part))).into()
}
