import Wire

/// Passes bytes on unchanged, and lets an observer look at them afterwards.
final class MirrorCourse: RelayCourse {
  typealias Pipe = RelayPipe
  typealias Care = MirrorObserver

  /// More requests of one client than this without an answer, and nothing more is read from it.
  private static let mostPipelined = 256

  let ledger: MirrorLedger
  init(_ ledger: MirrorLedger) { self.ledger = ledger }

  func session(of client: Stream) -> Session {
    ledger.connectionOpened()
    return RelaySession(client: client, forth: RelayPipe(), back: RelayPipe(), care: MirrorObserver())
  }

  func admission(of session: Session) -> RelayAdmission { .connects }

  func farewell(to session: Session) -> RelayFarewell {
    ledger.firstRefused()
    let text =
      "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain\r\nContent-Length: 41\r\nConnection: close\r\n\r\n"
      + "headroom: the service takes no connection"
    return .answer(Array(text.utf8))
  }

  func step(_ pipe: RelayPipe, of session: Session, isAnswer: Bool, _ now: Int64) -> RelayStep {
    switch pipe.step {
    case .read: !isAnswer && session.care.underWay >= Self.mostPipelined ? .rest : .read
    case .write: .write(pipe.waiting)
    case .endWriting: .endWriting
    case .rest: .rest
    case .finished: .finished
    }
  }

  func took(
    _ base: UnsafePointer<UInt8>, _ count: Int, into pipe: inout RelayPipe, to destination: Stream?,
    of session: Session, isAnswer: Bool, _ now: Int64
  ) -> Bool {
    // Passed on first, looked at afterwards.
    var written = 0
    switch destination?.write(base, count) {
    case .bytes(let n): written = n
    case .wait: break
    case .end, .broken, nil: return false
    }
    pipe.passed(written, of: base, count)
    if isAnswer {
      session.care.serviceSent(base, count, now, ledger)
      ledger.passed(bytesFromClient: 0, bytesFromService: count)
    } else {
      session.care.clientSent(base, count, now, ledger)
      ledger.passed(bytesFromClient: count, bytesFromService: 0)
    }
    return true
  }

  func wrote(_ written: Int, of count: Int, from pipe: inout RelayPipe, _ now: Int64) { pipe.wrote(written) }

  func ended(_ pipe: inout RelayPipe, of session: Session, isAnswer: Bool, _ now: Int64) {
    if isAnswer { session.care.serviceEnded(now, ledger) }
    pipe.ended()
  }

  func closed(_ session: Session) { session.care.connectionEnded(ledger) }
}
