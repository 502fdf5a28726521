import Quantities
import Testing

@testable import Dashboard

@Suite("The book of alerts") struct AlertBookTests {
  private func alert(_ key: String, severity: String = "act", what: String = "x") -> Alert {
    Alert(service: "s", code: "c", severity: severity, what: what, because: "b", remedy: "r", key: key)
  }
  private func time(_ seconds: Double) -> Timestamp { Timestamp(secondsSinceEpoch: seconds) }

  @Test("the same thing is told once, its end once, and its return anew")
  func once() {
    var book = AlertBook()
    #expect(book.look(at: [alert("a"), alert("b")], now: time(1)).map(\.kind) == [.raised, .raised])
    // Its numbers have moved; it is the same thing.
    #expect(book.look(at: [alert("a", what: "142 replicas"), alert("b")], now: time(2)).isEmpty)
    let third = book.look(at: [alert("b")], now: time(3))
    #expect(third.map(\.kind) == [.resolved] && third.map(\.alert.key) == ["a"])
    #expect(book.look(at: [alert("b")], now: time(4)).isEmpty)
    #expect(book.look(at: [alert("a"), alert("b")], now: time(5)).map(\.alert.key) == ["a"])
    #expect(book.standing["b"]?.since == time(1) && book.standing["a"]?.since == time(5))
  }

  @Test("what grew graver is told again, what grew lighter is not")
  func graver() {
    var book = AlertBook()
    #expect(book.look(at: [alert("a", severity: "change")], now: time(1)).count == 1)
    let graver = book.look(at: [alert("a", severity: "act")], now: time(2))
    #expect(graver.map(\.kind) == [.raised] && book.standing["a"]?.since == time(1))
    #expect(book.look(at: [alert("a", severity: "change")], now: time(3)).isEmpty)
  }

  @Test("of two that are the same thing one is told")
  func doubled() {
    var book = AlertBook()
    #expect(book.look(at: [alert("a"), alert("a")], now: time(1)).count == 1)
  }

  @Test("whoever reads what another kept goes on where that one stopped")
  func replayed() throws {
    var first = AlertBook()
    var changes = first.look(at: [alert("a"), alert("b")], now: time(1))
    changes += first.look(at: [alert("b")], now: time(2))
    var second = AlertBook()
    second.replay(try changes.map { try #require(AlertDocuments.change(AlertDocuments.change($0, link: "/"))) })
    #expect(second.look(at: [alert("b")], now: time(3)).isEmpty)
    #expect(second.look(at: [alert("a"), alert("b")], now: time(4)).map(\.alert.key) == ["a"])
  }
}
