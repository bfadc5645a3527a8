use super::*;
use crate::naming::LONGEST_PREFIX;

fn event(rest: &str) -> Fields {
    fields(&format!("<Event xmlns=\"e\"><System><EventID>1</EventID></System>{rest}</Event>")).unwrap()
}

fn data(rest: &str) -> Vec<(String, String)> {
    event(rest).data
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn event_data_goes_by_name() {
    let found =
        data("<EventData><Data Name=\"A\"> x </Data><Data Name=\"B\"/><Data Name=\"C\"></Data></EventData>");
    assert_eq!(found, pairs(&[("A", " x "), ("B", ""), ("C", "")]));
}

#[test]
fn a_name_that_repeats_is_numbered_from_the_first() {
    let found = data(
        "<EventData><Data>a</Data><Data Name=\"N\">n</Data><Data>b</Data><Binary>0A</Binary></EventData>",
    );
    assert_eq!(found, pairs(&[("Data[1]", "a"), ("N", "n"), ("Data[2]", "b"), ("Binary", "0A")]));
    let many = "<Data>d</Data>".repeat(100);
    let found = data(&format!("<EventData>{many}</EventData>"));
    assert_eq!(found.last(), Some(&("Data[100]".to_owned(), "d".to_owned())));
}

#[test]
fn user_data_goes_by_element_below_the_wrapper() {
    let found = data(
        "<UserData><EventXML xmlns=\"n\" xmlns:p=\"q\" kind=\"k\"><User>u</User><Outer at=\"1\"><Inner><Leaf>l</Leaf></Inner>\
         </Outer><Empty/></EventXML></UserData>",
    );
    let expected =
        [("EventXML@kind", "k"), ("User", "u"), ("Outer@at", "1"), ("Outer.Inner.Leaf", "l"), ("Empty", "")];
    assert_eq!(found, pairs(&expected));
    assert_eq!(data("<UserData><EventXML xmlns=\"n\"/></UserData>"), []);
    assert_eq!(data("<UserData><EventXML>bare</EventXML></UserData>"), pairs(&[("EventXML", "bare")]));
}

#[test]
fn other_sections_have_their_name_in_front() {
    let found = event(
        "<ProcessingErrorData><ErrorCode>15003</ErrorCode><DataItemName>x</DataItemName></ProcessingErrorData>\
         <RenderingInfo Culture=\"en-US\"><Message>m</Message><Keywords><Keyword>k1</Keyword><Keyword>k2</Keyword></Keywords>\
         </RenderingInfo>",
    );
    let expected = [("ProcessingErrorData.ErrorCode", "15003"), ("ProcessingErrorData.DataItemName", "x")];
    assert_eq!(found.data, pairs(&expected));
    let expected = [
        ("Culture", "en-US"),
        ("Message", "m"),
        ("Keywords.Keyword[1]", "k1"),
        ("Keywords.Keyword[2]", "k2"),
    ];
    assert_eq!(found.rendering, pairs(&expected));
}

#[test]
fn text_is_as_logged() {
    let found = data(
        "<EventData><Data Name=\"a&quot;&#10;\">&lt;&amp;&gt;&#x41;\r\n\t<![CDATA[<raw> & ]]>&odd; </Data></EventData>",
    );
    assert_eq!(found, pairs(&[("a\"\n", "<&>A\r\n\t<raw> & &odd; ")]));
}

#[test]
fn what_system_has_no_place_for_is_kept() {
    let found = fields(
        "<Event><System><Provider Name=\"P\" EventSourceName=\"S\"/><EventID Qualifiers=\"16384\">7</EventID>\
         <Level>999</Level><Execution ProcessID=\"4\" KernelTime=\"9\"/><Correlation RelatedActivityID=\"{r}\"/>\
         <Channel/><Security UserID=\"\"/><Later>l</Later></System></Event>",
    )
    .unwrap();
    let system = System {
        provider: "P".to_owned(),
        event_source_name: Some("S".to_owned()),
        event_id: 7,
        qualifiers: Some(16_384),
        process_id: Some(4),
        related_activity_id: Some("{r}".to_owned()),
        ..System::default()
    };
    assert_eq!(found.system, system);
    let expected = [("System.Level", "999"), ("System.Execution@KernelTime", "9"), ("System.Later", "l")];
    assert_eq!(found.data, pairs(&expected));
}

#[test]
fn what_is_no_event_is_an_error() {
    for xml in [
        "",
        "<Event/>",
        "<Event><System><EventID>x</EventID></System></Event>",
        "<Event><a></Event>",
        "<a b c>",
    ] {
        assert!(fields(xml).is_err(), "{xml}");
    }
}

#[test]
fn no_nesting_is_too_deep() {
    let deep = format!("<UserData>{}{}</UserData>", "<x>".repeat(20_000), "</x>".repeat(20_000));
    // All but the innermost are wrappers. Its name would hold those of all above it.
    let data = event(&deep).data;
    assert_eq!(data.len(), 1);
    assert!(data[0].0.len() <= LONGEST_PREFIX + 2);
}
