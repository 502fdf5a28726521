import Testing

@testable import Documents

@Suite struct NearestTests {
  @Test("finds a word with letters swapped, dropped, added or replaced")
  func slips() {
    let words = ["plan", "peak", "simulate", "failover"]
    #expect(nearest("paln", in: words) == "plan")
    #expect(nearest("peek", in: words) == "peak")
    #expect(nearest("simluate", in: words) == "simulate")
    #expect(nearest("fail-over", in: words) == "failover")
    #expect(nearest("Peak", in: words) == "peak")
  }

  @Test("offers nothing for a word that is far from all")
  func far() {
    #expect(nearest("replicas", in: ["plan", "peak"]) == nil)
    #expect(nearest("ab", in: ["xy"]) == nil)
    #expect(nearest("", in: ["a"]) == nil)
  }

  @Test("takes the nearer of two, then the first")
  func order() {
    #expect(nearest("cost", in: ["coats", "costs"]) == "costs")
    #expect(nearest("bat", in: ["cat", "hat"]) == "cat")
  }
}
