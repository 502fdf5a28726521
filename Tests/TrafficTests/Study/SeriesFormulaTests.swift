import Testing

@testable import Traffic

@Suite struct SeriesFormulaTests {
  static func levels(_ text: String) throws -> [String] {
    let formula = try SeriesFormula(text)
    return formula.levels.map { formula.name(of: $0) }
  }

  // What fabletools' documentation of aggregate_key gives for these formulas (tidyverts.org, "Reconciliation").
  @Test("columns nest, cross and do both")
  func levels() throws {
    #expect(try Self.levels("service / region") == ["total", "service", "service / region"])
    #expect(try Self.levels("service*region") == ["total", "service", "region", "service / region"])
    #expect(
      try Self.levels("(state / region) * purpose") == [
        "total", "state", "purpose", "state / region", "state / purpose", "state / region / purpose",
      ])
    #expect(try Self.levels("a / (b * c)") == ["total", "a", "a / b", "a / c", "a / b / c"])
    #expect(try Self.levels("service") == ["total", "service"])
  }

  @Test("operators bind alike, from the left, and backticks hold any name")
  func names() throws {
    #expect(try SeriesFormula("a / b * c") == SeriesFormula("(a / b) * c"))
    #expect(try SeriesFormula("`my service (old)` / data centre").columns == ["my service (old)", "data centre"])
  }

  @Test("a separator has no letter or digit")
  func separators() {
    for text in ["/", "::", " - ", "__", "*", ""] { #expect(!SeriesFormula.isFormula(text)) }
    for text in ["a", "a/b", "`/`", "région * x", "1"] { #expect(SeriesFormula.isFormula(text)) }
  }

  @Test(
    "what is no formula says why",
    arguments: [
      "a /", "/ a", "(a", "a)", "a * * b", "a / a", "`a", "a b) c", "``", "a(b)",
      "a*b*c*d*e*f*g*h*i", String(repeating: "(", count: 40) + "a",
    ])
  func faults(text: String) {
    #expect(throws: SeriesFormulaError.self) { try SeriesFormula(text) }
  }
}
