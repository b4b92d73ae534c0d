use tokio_rustls::TlsAcceptor;

use super::super::tests::{LIMIT, acceptor_of, ders, serve};
use super::*;
use crate::tls::look;
use crate::x509::minted::Authority;

/// What a server says, and what it then waits to hear.
type Step = (&'static str, &'static str);

/// Speaks its steps, and then TLS.
async fn speak(stream: TcpStream, steps: &[Step], acceptor: &TlsAcceptor) {
    let mut stream = BufReader::new(stream);
    for (says, hears) in steps {
        if stream.get_mut().write_all(says.as_bytes()).await.is_err() {
            return;
        }
        if hears.is_empty() {
            continue;
        }
        let mut line = String::new();
        // It may have left already.
        if stream.read_line(&mut line).await.is_err() || line.is_empty() {
            return;
        }
        let line = line.strip_suffix("\r\n").expect("CRLF");
        assert_eq!(line, hears.replace("OWN", "[127.0.0.1]"));
    }
    if let Ok(mut stream) = acceptor.accept(stream.into_inner()).await {
        let _until_it_ends = stream.read_to_end(&mut Vec::new()).await;
    }
}

async fn outcome(protocol: StartTls, steps: &'static [Step]) -> Result<(), String> {
    let minted = Authority::root("CA").mint(&["mail.example.org"], 1);
    let acceptor = acceptor_of(&minted);
    let (address, task) = serve(move |stream| async move { speak(stream, steps, &acceptor).await }).await;
    let seen = look(address, "mail.example.org", Some(protocol), LIMIT).await;
    task.await.unwrap();
    seen.map(|chain| assert_eq!(chain, ders(&minted.chain))).map_err(|error| error.to_string())
}

const EHLO: &str = "EHLO OWN";

#[tokio::test]
async fn smtp() {
    use StartTls::Smtp;
    let plain: &[Step] =
        &[("220 mx ESMTP\r\n", EHLO), ("250-mx\r\n250-PIPELINING\r\n250 STARTTLS\r\n", "STARTTLS"), ("220 go\r\n", "")];
    assert_eq!(outcome(Smtp, plain).await, Ok(()));
    let chatty: &[Step] = &[
        ("220-hello\r\n220-there\r\n220 \r\n", EHLO),
        ("250-mx\r\n250-starttls\r\n250 HELP\r\n", "STARTTLS"),
        ("220\r\n", ""),
    ];
    assert_eq!(outcome(Smtp, chatty).await, Ok(()));
    let none: &[Step] = &[("220 mx\r\n", EHLO), ("250-STARTTLS\r\n250 HELP\r\n", "")];
    assert_eq!(outcome(Smtp, none).await, Err("offers no STARTTLS".into()), "the first line is a name");
    let busy: &[Step] = &[("554-no\r\n554 service\r\n", "")];
    assert_eq!(outcome(Smtp, busy).await, Err("does not speak SMTP as expected: it says \"554 no\"".into()));
    let later: &[Step] =
        &[("220 mx\r\n", EHLO), ("250-mx\r\n250 STARTTLS\r\n", "STARTTLS"), ("454 not \x1b[2J now\r\n", "")];
    assert_eq!(outcome(Smtp, later).await, Err("does not speak SMTP as expected: it says \"454 not [2J now\"".into()));
    let mixed: &[Step] = &[("220 mx\r\n", EHLO), ("250-mx\r\n220 STARTTLS\r\n", "")];
    assert!(outcome(Smtp, mixed).await.unwrap_err().contains("as expected"));
}

#[tokio::test]
async fn imap() {
    use StartTls::Imap;
    let plain: &[Step] =
        &[("* OK [CAPABILITY IMAP4rev2] ready\r\n", "a STARTTLS"), ("* CAPABILITY X\r\na OK go\r\n", "")];
    assert_eq!(outcome(Imap, plain).await, Ok(()));
    for refusal in [
        &[("* OK x\r\n", "a STARTTLS"), ("a BAD unknown\r\n", "")][..],
        &[("* OK x\r\n", "a STARTTLS"), ("a NO not now\r\n", "")],
        &[("* PREAUTH x\r\n", "")],
    ] {
        assert_eq!(outcome(Imap, refusal).await, Err("offers no STARTTLS".into()));
    }
    let bye: &[Step] = &[("* BYE too many\r\n", "")];
    assert_eq!(outcome(Imap, bye).await, Err("does not speak IMAP as expected: it says \"* BYE too many\"".into()));
}

#[tokio::test]
async fn pop3() {
    use StartTls::Pop3;
    assert_eq!(outcome(Pop3, &[("+OK ready\r\n", "STLS"), ("+OK\r\n", "")]).await, Ok(()));
    assert_eq!(outcome(Pop3, &[("+OK\r\n", "STLS"), ("-ERR no\r\n", "")]).await, Err("offers no STARTTLS".into()));
    assert!(outcome(Pop3, &[("+OKAY\r\n", "")]).await.is_err());
    assert!(outcome(Pop3, &[("SSH-2.0-x\r\n", "")]).await.unwrap_err().contains("SSH-2.0-x"));
}

#[tokio::test]
async fn nothing_may_stand_between_the_answer_and_tls() {
    const SAYS_MORE: &str = "it says more before TLS begins";
    let smtp: &[Step] =
        &[("220 mx\r\n", EHLO), ("250-mx\r\n250 STARTTLS\r\n", "STARTTLS"), ("220 go\r\n250 injected\r\n", "")];
    let imap: &[Step] = &[("* OK x\r\n", "a STARTTLS"), ("a OK go\r\n* OK injected\r\n", "")];
    let pop3: &[Step] = &[("+OK\r\n", "STLS"), ("+OK\r\n+OK injected\r\n", "")];
    for (protocol, steps) in [(StartTls::Smtp, smtp), (StartTls::Imap, imap), (StartTls::Pop3, pop3)] {
        assert!(outcome(protocol, steps).await.unwrap_err().ends_with(SAYS_MORE), "{protocol:?}");
    }
}

#[tokio::test]
async fn answers_have_an_end() {
    let error_of = |words: String| async move {
        let (address, task) = serve(move |mut stream| async move {
            let _it_may_leave_early = stream.write_all(words.as_bytes()).await;
            let _until_it_ends = stream.read_to_end(&mut Vec::new()).await;
        })
        .await;
        let error = look(address, "a.example", Some(StartTls::Smtp), LIMIT).await.unwrap_err();
        task.await.unwrap();
        error.to_string()
    };
    assert!(error_of("220-more\r\n".repeat(100_000)).await.ends_with("its answer has no end"));
    assert!(error_of("2".repeat(1 << 20)).await.ends_with("its line has no end"));
    assert!(error_of("\u{e9}\u{e9}\u{e9}\r\n".to_owned()).await.contains("as expected"));
    let (address, task) = serve(|stream| async move { drop(stream) }).await;
    let error = look(address, "a.example", Some(StartTls::Pop3), LIMIT).await.unwrap_err();
    assert_eq!(error, HandshakeError::Closed);
    task.await.unwrap();
}
