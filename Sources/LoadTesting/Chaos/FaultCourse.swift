import Quantities
import Wire

/// Lets bytes pass as a faulty network would, by the faults that go on, and counts what became of connections.
final class FaultCourse: RelayCourse {
  typealias Pipe = FaultPipe
  /// Decides whether faults reset the connection.
  typealias Care = RandomStream

  /// What the faults that go on do together.
  var toxics = Toxics()
  var result = ChaosResult()
  /// Entries of the result whose faults go on now.
  var ongoing: [Int] = []
  private let seed: UInt64

  init(seed: UInt64) { self.seed = seed }

  func session(of client: Stream) -> Session {
    let item = UInt64(result.connections) &* 3
    result.connections += 1
    return RelaySession(
      client: client, forth: FaultPipe(random: RandomStream(seed: seed, item: item)),
      back: FaultPipe(random: RandomStream(seed: seed, item: item &+ 1)),
      care: RandomStream(seed: seed, item: item &+ 2))
  }

  func admission(of session: Session) -> RelayAdmission {
    if isReset(session, by: toxics) {
      note(\.resets) { $0.resets > 0 }
      return .resets
    }
    guard toxics.swallows else { return .connects }
    note(\.swallowed) { $0.swallows }
    swallow(session)
    return .holds
  }

  /// Draws whether these faults reset a connection, and counts it where they do.
  func isReset(_ session: Session, by toxics: Toxics) -> Bool {
    guard toxics.resets > 0, session.care.uniform() < toxics.resets else { return false }
    result.resets += 1
    return true
  }

  func swallow(_ session: Session) {
    result.swallowed += 1
    session.forth.swallow()
    session.back.swallow()
  }

  /// Counts a new connection under the faults that go on and concern it.
  private func note(_ count: WritableKeyPath<ChaosResult.Entry, Int>, where concerns: (Toxics) -> Bool) {
    for place in ongoing {
      if case .toxics(let toxics) = result.entries[place].fault.kind, concerns(toxics) {
        result.entries[place][keyPath: count] += 1
      }
    }
  }

  func farewell(to session: Session) -> RelayFarewell {
    result.refused += 1
    return .reset
  }

  func step(_ pipe: FaultPipe, of session: Session, isAnswer: Bool, _ now: Int64) -> RelayStep {
    pipe.step(now, toxics)
  }

  func took(
    _ base: UnsafePointer<UInt8>, _ count: Int, into pipe: inout FaultPipe, to destination: Stream?,
    of session: Session, isAnswer: Bool, _ now: Int64
  ) -> Bool {
    // Latency is added on the way back alone: a round trip then takes it once.
    pipe.took(base, count, now, toxics, delays: isAnswer)
    return true
  }

  func wrote(_ written: Int, of count: Int, from pipe: inout FaultPipe, _ now: Int64) {
    pipe.wrote(written, now, toxics)
    if written < count { pipe.isWritable = false }
  }

  func ended(_ pipe: inout FaultPipe, of session: Session, isAnswer: Bool, _ now: Int64) { pipe.ended(now, toxics) }

  func closed(_ session: Session) {
    result.bytesToService += session.forth.bytesPassed
    result.bytesToClients += session.back.bytesPassed
    result.bytesSwallowed += session.forth.bytesSwallowed + session.back.bytesSwallowed
  }
}
