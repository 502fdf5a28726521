import Quantities

/// The words that all texts about load tests share.
public enum LoadWording {
  /// Milliseconds with four digits: `12.34 ms`; `-` where nothing was measured.
  /// - Parameter seconds: infinity is "no end".
  public static func time(_ seconds: Double?) -> String {
    guard let seconds else { return "-" }
    guard seconds.isFinite else { return "no end" }
    return NumberFormat.significant(seconds * 1e3, 4) + " ms"
  }

  static func rate(_ perSecond: Double?) -> String {
    perSecond.map { NumberFormat.fixed($0, decimals: 1) + "/s" } ?? "-"
  }

  static func percent(_ share: Double) -> String { NumberFormat.fixed(share * 100, decimals: 2) + " %" }
}
