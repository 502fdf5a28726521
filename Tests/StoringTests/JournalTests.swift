import Foundation
import Testing

@testable import Storing

@Suite("A journal") struct JournalTests {
  private let path = NSTemporaryDirectory() + "headroom-journal-\(UUID().uuidString)"
  private func open(_ header: String = "{\"work\":1}") throws(StoringError) -> Journal {
    try Journal(path: path, header: Array(header.utf8))
  }
  private func texts(_ journal: Journal) -> [String] { journal.records.map { String(decoding: $0, as: UTF8.self) } }
  private func remove() { try? FileManager.default.removeItem(atPath: path) }
  private func bytes() throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }
  private func write(_ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }
  private func fault(_ body: () throws -> Void) -> StoringError? {
    do { try body() } catch { return error as? StoringError }
    return nil
  }

  @Test("has its header and its records again when it is opened again")
  func again() throws {
    defer { remove() }
    do {
      let journal = try open()
      for i in 0..<600 { try journal.append(Array("record \(i)".utf8)) }
    }
    let journal = try open("another header does not replace the first")
    #expect(String(decoding: journal.header, as: UTF8.self) == "{\"work\":1}")
    #expect(texts(journal) == (0..<600).map { "record \($0)" })
  }

  @Test("wherever the file ends, every whole record is there and the next one follows it")
  func torn() throws {
    defer { remove() }
    do {
      let journal = try open()
      for text in ["first", "second", "third"] { try journal.append(Array(text.utf8)) }
    }
    let whole = try bytes()
    let ends = whole.indices.filter { whole[$0] == 10 }.map { $0 + 1 }
    for length in 0...whole.count {
      try write(Array(whole[..<length]))
      let kept = max(0, ends.filter { $0 <= length }.count - 1)
      do {
        let journal = try open()
        #expect(texts(journal) == Array(["first", "second", "third"].prefix(kept)), "cut at \(length)")
        try journal.append(Array("next".utf8))
      }
      #expect(texts(try open()) == ["first", "second", "third"].prefix(kept) + ["next"], "cut at \(length)")
    }
  }

  @Test("a damaged record ends what counts: the rest is done again")
  func damaged() throws {
    defer { remove() }
    do {
      let journal = try open()
      for text in ["first", "second", "third"] { try journal.append(Array(text.utf8)) }
    }
    var whole = try bytes()
    let word = Array("second".utf8)
    let place = try #require((0..<whole.count - word.count).first { Array(whole[$0..<$0 + word.count]) == word })
    whole[place] = 65
    try write(whole)
    #expect(texts(try open()) == ["first"])
  }

  @Test("another process's file and a file of something else are left as they are")
  func foreign() throws {
    defer { remove() }
    let text = Array("plan: shop\ntraffic: { average: 1/s }\n".utf8)
    try write(text)
    #expect(fault { _ = try open() }?.code == .foreign)
    #expect(try bytes() == text)
    remove()
    let held = try open()
    #expect(fault { _ = try open() }?.code == .locked)
    _ = held
    #expect(fault { _ = try Journal(path: "/nowhere/at/all", header: []) }?.code == .cannotOpen)
  }
}
