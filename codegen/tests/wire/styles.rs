//! Parameters in every style, against the table of OpenAPI 3.0.4 (Parameter Object, "Style
//! Examples", which corrects that of 3.0.3 by RFC 6570) and section 3.2 of RFC 6570, worked out by
//! hand.

#![expect(clippy::unwrap_used, reason = "what a test does not expect ends it")]

use serde_json::{Value, json};
use support::Request;

use support::Operation;
use wires::operations;

use super::wires;

/// A text of reserved characters, a percent sign, and letters beyond ASCII.
const HARD: &str = "a/b?c&d=e;f,g h+i%j#k[ü]";
/// The same with everything encoded that RFC 3986 does not call unreserved.
const HARD_ENCODED: &str = "a%2Fb%3Fc%26d%3De%3Bf%2Cg%20h%2Bi%25j%23k%5B%C3%BC%5D";

fn color() -> [Value; 4] {
    [
        json!(""),
        json!("blue"),
        json!(["blue", "black", "brown"]),
        json!({"R": 100, "G": 200, "B": 150}),
    ]
}

fn path(operation: &str, value: &Value) -> Option<String> {
    let request = wires(operation, json!({"id": value})).ok()?;
    let path = request.path().strip_suffix("/end").expect("what follows stays");
    Some(path.rsplit_once('/').expect("a segment of its own").1.to_owned())
}

#[test]
fn path_styles_follow_the_table() {
    let none: Option<&str> = None;
    for (operation, expected) in [
        ("pathSimple", [none, Some("blue"), Some("blue,black,brown"), Some("R,100,G,200,B,150")]),
        (
            "pathSimpleExplode",
            [none, Some("blue"), Some("blue,black,brown"), Some("R=100,G=200,B=150")],
        ),
        ("pathLabel", [none, Some(".blue"), Some(".blue,black,brown"), Some(".R,100,G,200,B,150")]),
        (
            "pathLabelExplode",
            [none, Some(".blue"), Some(".blue.black.brown"), Some(".R=100.G=200.B=150")],
        ),
        (
            "pathMatrix",
            [
                Some(";v"),
                Some(";v=blue"),
                Some(";v=blue,black,brown"),
                Some(";v=R,100,G,200,B,150"),
            ],
        ),
        (
            "pathMatrixExplode",
            [
                Some(";v"),
                Some(";v=blue"),
                Some(";v=blue;v=black;v=brown"),
                Some(";R=100;G=200;B=150"),
            ],
        ),
    ] {
        for (value, expected) in color().iter().zip(expected) {
            assert_eq!(path(operation, value).as_deref(), expected, "{operation} {value}");
        }
        // What would be no segment at all would be another route.
        for value in [json!([]), json!({}), json!(null), json!([null])] {
            assert_eq!(path(operation, &value), None, "{operation} {value}");
        }
    }
    assert_eq!(
        path("pathJson", &json!({"a": ["/", 1]})).unwrap(),
        "%7B%22a%22%3A%5B%22%2F%22%2C1%5D%7D"
    );
}

#[test]
fn path_values_are_encoded_one_by_one() {
    assert_eq!(path("pathSimple", &json!(HARD)).unwrap(), HARD_ENCODED);
    assert_eq!(path("pathLabel", &json!([HARD, true])).unwrap(), format!(".{HARD_ENCODED},true"));
    assert_eq!(
        path("pathMatrixExplode", &json!({"a;b": HARD})).unwrap(),
        format!(";a%3Bb={HARD_ENCODED}")
    );
    assert_eq!(path("pathSimple", &json!(7.0)).unwrap(), "7");
    assert_eq!(path("pathSimple", &json!(1.5)).unwrap(), "1.5");
    assert_eq!(path("pathSimple", &json!(["a", "", "b"])).unwrap(), "a,,b");
    assert_eq!(path("pathMatrixExplode", &json!(["a", ""])).unwrap(), ";v=a;v");
    for (operation, value) in [
        ("pathSimple", ".."),
        ("pathLabel", "."),
        ("pathLabelExplode", ""),
        ("pathSimple", "a\r\nb"),
    ] {
        assert_eq!(path(operation, &json!(value)), None, "{operation} {value:?}");
    }
}

fn query(name: &str, value: &Value) -> String {
    wires("query", json!({name: value})).unwrap().query().to_owned()
}

#[test]
fn query_styles_follow_the_table() {
    for (name, expected) in [
        ("form", ["form=", "form=blue", "form=blue&form=black&form=brown", "R=100&G=200&B=150"]),
        ("comma", ["comma=", "comma=blue", "comma=blue,black,brown", "comma=R,100,G,200,B,150"]),
        (
            "space",
            [
                "space=",
                "space=blue",
                "space=blue%20black%20brown",
                "space=R%20100%20G%20200%20B%20150",
            ],
        ),
        (
            "pipe",
            ["pipe=", "pipe=blue", "pipe=blue%7Cblack%7Cbrown", "pipe=R%7C100%7CG%7C200%7CB%7C150"],
        ),
        (
            "pipeExplode",
            [
                "pipeExplode=",
                "pipeExplode=blue",
                "pipeExplode=blue&pipeExplode=black&pipeExplode=brown",
                "R=100&G=200&B=150",
            ],
        ),
        (
            "spaceExplode",
            [
                "spaceExplode=",
                "spaceExplode=blue",
                "spaceExplode=blue&spaceExplode=black&spaceExplode=brown",
                "R=100&G=200&B=150",
            ],
        ),
        (
            "deep",
            [
                "deep=",
                "deep=blue",
                "deep%5B%5D=blue&deep%5B%5D=black&deep%5B%5D=brown",
                "deep%5BR%5D=100&deep%5BG%5D=200&deep%5BB%5D=150",
            ],
        ),
    ] {
        for (value, expected) in color().iter().zip(expected) {
            assert_eq!(query(name, value), expected, "{name} {value}");
        }
        for value in [json!([]), json!({}), json!(null), json!([null]), json!({"a": null})] {
            assert_eq!(query(name, &value), "", "{name} {value}");
        }
        assert_eq!(query(name, &json!(HARD)), format!("{name}={HARD_ENCODED}"));
        assert_eq!(query(name, &json!(false)), format!("{name}=false"));
        assert_eq!(query(name, &json!(0)), format!("{name}=0"));
    }
    assert_eq!(query("comma", &json!(["a,b", "c d"])), "comma=a%2Cb,c%20d");
    assert_eq!(query("pipe", &json!(["a|b", "c"])), "pipe=a%7Cb%7Cc");
    assert_eq!(query("filter_name", &json!("x")), "filter%5Bname%5D=x");
    assert_eq!(query("empty", &json!("")), "empty=");
    assert_eq!(query("form", &json!({"a": [1, 2], "b": {"c": 3}})), "a=1&a=2&b=%7B%22c%22%3A3%7D");
}

#[test]
fn deep_objects_nest_in_brackets_and_number_what_has_members() {
    assert_eq!(query("deep", &json!({"a": {"b": "c d"}})), "deep%5Ba%5D%5Bb%5D=c%20d");
    assert_eq!(query("deep", &json!({"a": ["x", "y"]})), "deep%5Ba%5D%5B%5D=x&deep%5Ba%5D%5B%5D=y");
    let typed = json!({"a": "&", "b": [{"c": 1}, {"c": 2}]});
    assert_eq!(
        query("typed", &typed),
        "typed%5Ba%5D=%26&typed%5Bb%5D%5B0%5D%5Bc%5D=1&typed%5Bb%5D%5B1%5D%5Bc%5D=2"
    );
}

#[test]
fn content_is_serialised_in_its_place() {
    assert_eq!(query("json", &json!({"b": [1, "x"]})), "json=%7B%22b%22%3A%5B1%2C%22x%22%5D%7D");
    assert_eq!(query("json", &json!("x")), "json=%22x%22");
    assert_eq!(query("vendor", &json!([true])), "vendor=%5Btrue%5D");
    assert_eq!(query("text", &json!("a b")), "text=a%20b");
    let header =
        |value: Value| wires("header", json!({"x_json": value})).unwrap().headers["x-json"].clone();
    assert_eq!(header(json!({"a": 1, "b": "x"})), r#"{"a":1,"b":"x"}"#);
    assert_eq!(header(json!([])), "[]");
    assert_eq!(cookie("json", json!({"a": 1})), "json=%7B%22a%22%3A1%7D");
}

#[test]
fn reserved_characters_stay_where_they_are_allowed_and_harmless() {
    // `&` and `+` would be read as what they are not; `#`, `[` and `]` cannot stand in a query.
    assert_eq!(
        query("reserved", &json!(HARD)),
        "reserved=a/b?c%26d=e;f,g%20h%2Bi%25j%23k%5B%C3%BC%5D"
    );
    assert_eq!(query("reserved", &json!(":@!$'()*")), "reserved=:@!$'()*");
    assert_eq!(query("reserved", &json!("x%2Cy%c3%A9")), "reserved=x%2Cy%c3%A9");
    assert_eq!(
        query("reserved", &json!("50% %4 %zz %é%")),
        "reserved=50%25%20%254%20%25zz%20%25%C3%A9%25"
    );
    assert_eq!(query("form", &json!("x%2Cy")), "form=x%252Cy");
    assert_eq!(query("reserved", &json!(["a/b", "c"])), "reserved=a/b&reserved=c");
    assert_eq!(query("reservedComma", &json!(["a/b", "c:d"])), "reservedComma=a/b,c:d");
}

fn header(name: &str, value: Value) -> Option<Vec<u8>> {
    let request = wires("header", json!({name: value})).unwrap();
    request.headers.get(name.replace('_', "-")).map(|value| value.as_bytes().to_vec())
}

#[test]
fn header_styles_follow_the_table_and_are_not_encoded() {
    for (name, expected) in [
        ("x_simple", ["", "blue", "blue,black,brown", "R,100,G,200,B,150"]),
        ("x_explode", ["", "blue", "blue,black,brown", "R=100,G=200,B=150"]),
    ] {
        for (value, expected) in color().into_iter().zip(expected) {
            assert_eq!(header(name, value), Some(expected.as_bytes().to_vec()), "{name}");
        }
        for value in [json!([]), json!({}), json!(null)] {
            assert_eq!(header(name, value), None, "{name}");
        }
        assert_eq!(header(name, json!(HARD)), Some(HARD.as_bytes().to_vec()));
        assert_eq!(header(name, json!(true)), Some(b"true".to_vec()));
    }
    assert_eq!(header("x_explode", json!({"a": 1, "b": "x"})), Some(b"a=1,b=x".to_vec()));
    assert!(wires("header", json!({"x_simple": "a\r\nX-Other: b"})).is_err());
}

fn cookie(name: &str, value: Value) -> String {
    let request: Request = wires("cookie", json!({name: value})).unwrap();
    request
        .headers
        .get("cookie")
        .map(|value| value.to_str().unwrap().to_owned())
        .unwrap_or_default()
}

#[test]
fn cookies_are_pairs() {
    let expected =
        ["form=", "form=blue", "form=blue; form=black; form=brown", "R=100; G=200; B=150"];
    for (value, expected) in color().into_iter().zip(expected) {
        assert_eq!(cookie("form", value), expected);
    }
    let expected = ["comma=", "comma=blue", "comma=blue,black,brown", "comma=R,100,G,200,B,150"];
    for (value, expected) in color().into_iter().zip(expected) {
        assert_eq!(cookie("comma", value), expected);
    }
    assert_eq!(cookie("form", json!(HARD)), format!("form={HARD_ENCODED}"));
    assert_eq!(cookie("form", json!(null)), "");
    let both = wires("cookie", json!({"form": 1, "comma": [2, 3]})).unwrap();
    assert_eq!(both.headers["cookie"], "form=1; comma=2,3");
    assert_eq!(both.headers.get_all("cookie").iter().count(), 1);
}

#[test]
fn operators_of_a_template_leave_the_type_of_its_parameter() {
    assert_eq!(path("pathOperator", &json!([1, 2])).as_deref(), Some("1,2"));
    assert_eq!(
        operations::PathOperator::new(vec![1]).request().unwrap().path(),
        "/base/operators/1/end"
    );
}

#[test]
fn comparisons_in_names_are_told_in_words() {
    let arguments = json!({"StartTime": "a", "start_time_lt": "b", "start_time_ge": "c", "state_ne": "d", "size_gte": "e"});
    assert_eq!(
        wires("compared", arguments).unwrap().query(),
        "StartTime=a&StartTime%3C=b&StartTime%3E%3D=c&state%5B%21%3D%5D=d&size%5Bgte%5D=e"
    );
    let call = operations::Compared::new().start_time("a").start_time_lt("b").start_time_ge("c");
    assert_eq!(call.request().unwrap().query(), "StartTime=a&StartTime%3C=b&StartTime%3E%3D=c");
    let tool = wires::API.tools.iter().find(|tool| tool.operation.id == "compared").unwrap();
    let schemas: Value = serde_json::from_str(tool.schemas).unwrap();
    let said = |name: &str| schemas["input"]["properties"][name]["description"].clone();
    assert_eq!(said("start_time_lt"), "Only where `StartTime` is less than this");
}
