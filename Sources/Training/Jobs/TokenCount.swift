import Quantities

/// Amounts of tokens, samples and parameters as people write them: `1T`, `300B`, `2.5e12`, `70 billion`.
public enum TokenCount {
  /// - Throws: ``TrainingError`` where it is no amount above zero.
  public static func parse(_ text: String, of what: String = "tokens") throws(TrainingError) -> Double {
    var rest = text.lowercased().filter { $0 != "," && $0 != "_" }[...]
    for word in ["tokens", "token", "samples", "parameters"] where rest.hasSuffix(word) {
      rest = rest.dropLast(word.count)
    }
    while rest.last == " " { rest.removeLast() }
    var factor = 1.0
    let units: [(String, Double)] = [
      ("trillion", 1e12), ("billion", 1e9), ("million", 1e6), ("t", 1e12), ("b", 1e9), ("g", 1e9), ("m", 1e6),
      ("k", 1e3),
    ]
    for (unit, value) in units where rest.hasSuffix(unit) {
      factor = value
      rest = rest.dropLast(unit.count)
      break
    }
    while rest.last == " " { rest.removeLast() }
    guard let number = Double(rest), number.isFinite, number > 0, number * factor <= 1e18 else {
      throw TrainingError(
        .invalidValue, "'\(text)' is not an amount of \(what) above zero", remedy: "write 300B, 1T or 2.5e12")
    }
    return number * factor
  }
}
