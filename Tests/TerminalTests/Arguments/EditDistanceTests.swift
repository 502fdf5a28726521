import Testing

@testable import Terminal

@Suite struct EditDistanceTests {
  @Test(
    "counts a swap of neighbours as one",
    arguments: [
      ("", "", 0), ("", "abc", 3), ("plan", "plan", 0), ("paln", "plan", 1), ("pla", "plan", 1), ("plant", "plan", 1),
      ("plon", "plan", 1), ("nalp", "plan", 3), ("kitten", "sitting", 3), ("ca", "abc", 3), ("é", "e", 1),
    ])
  func distance(a: String, b: String, expected: Int) {
    #expect(EditDistance.between(a, b) == expected)
    #expect(EditDistance.between(b, a) == expected)
  }

  @Test(
    "offers what was probably meant, or nothing",
    arguments: [
      ("paln", "plan"), ("PLAN", "plan"), ("fore", "forecast"), ("sie", "size"), ("exprot", "export"), ("xyz", nil),
      ("", nil), ("sse", nil), ("fo", nil), ("zz", nil),
    ])
  func nearest(word: String, expected: String?) {
    let verbs = ["plan", "forecast", "size", "serve", "simulate", "export", "import", "explain"]
    #expect(EditDistance.nearest(to: word, among: verbs) == expected)
  }

  @Test("looks at no word of unreasonable length")
  func long() {
    #expect(EditDistance.nearest(to: String(repeating: "a", count: 100_000), among: ["plan"]) == nil)
  }
}
