import Testing

@testable import Scaling

@Suite struct KubernetesQuantityTests {
  @Test(
    "counts in exact thousandths",
    arguments: [
      ("500m", 500), ("1", 1000), ("0.05", 50), ("1k", 1_000_000), ("1e3", 1_000_000), ("1E3", 1_000_000),
      ("1Gi", 1_073_741_824_000), ("1Ki", 1_024_000), ("0.5Ki", 512_000), (".5", 500), ("5.", 5000), ("+2", 2000),
      ("-100m", -100), ("100n", 1), ("0", 0), ("1E", Int64.max), ("1.5M", 1_500_000_000), ("12e-1", 1200),
      ("007", 7000), ("99999999999999999999", Int64.max),
    ] as [(String, Int64)])
  func milli(text: String, expected: Int64) {
    #expect(KubernetesQuantity(text)?.milli == expected)
  }

  @Test(
    "rounds up to the next thousandth, as Kubernetes does", arguments: [("1.2345", 1235), ("100u", 1), ("0.0001", 1)])
  func roundsUp(text: String, expected: Int64) {
    #expect(KubernetesQuantity(text)?.milli == expected)
  }

  @Test(
    "refuses what is no quantity",
    arguments: ["", "m", "1x", "1 k", "1kk", "60s", "70%", "1e", "e3", "--1", "1.2.3", "1e9999"])
  func refuses(text: String) {
    #expect(KubernetesQuantity(text) == nil)
  }

  @Test(
    "gives floating-point code the value that was written",
    arguments: [("0.05", 0.05), ("50m", 0.05), ("0.1", 0.1), ("0.2", 0.2), ("15e-2", 0.15)])
  func approximate(text: String, expected: Double) {
    #expect(KubernetesQuantity(text)?.approximate == expected)
  }

  @Test("writes thousandths in their canonical form", arguments: [(500, "500m"), (2000, "2"), (2500, "2500m")])
  func canonical(milli: Int64, text: String) {
    #expect(KubernetesQuantity(milli: milli).text == text)
  }
}
