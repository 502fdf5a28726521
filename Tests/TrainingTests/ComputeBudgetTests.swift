import Quantities
import Testing

@testable import Training

/// The guide that this project started from, checked row by row.
@Suite("ComputeBudget")
struct ComputeBudgetTests {
  private static let h100 = FLOPRate.teraPerSecond(989)
  private static let a100 = FLOPRate.teraPerSecond(312)

  /// 6 x 70e9 x 1e12 / (989e12 x 0.4) / 3600 = 294,911 hours; on 8,192 cards 36 hours, not two weeks.
  @Test func `70 billion parameters on a trillion tokens take 36 hours of 8,192 H100`() throws {
    let hours = try ComputeBudget.acceleratorHours(
      parameters: 70e9, tokens: 1e12, peak: Self.h100, utilization: 0.4)
    #expect(abs(hours - 294_911) < 1)
    #expect(abs(hours / 8192 - 36) < 0.1)
    // Two weeks take a tenth of them.
    #expect(ComputeBudget.accelerators(acceleratorHours: hours, within: .days(14)) == 878)
  }

  @Test(arguments: [(0.35, 41.0), (0.40, 36.0), (0.45, 32.0)])
  func `the same at other utilizations`(utilization: Double, hours: Double) throws {
    let found = try ComputeBudget.acceleratorHours(
      parameters: 70e9, tokens: 1e12, peak: Self.h100, utilization: utilization)
    #expect(abs(found / 8192 - hours) < 0.5)
  }

  /// The guide's table says "one epoch of a billion samples on A100" and not how many tokens a sample has. At 45 % MFU, a
  /// billion tokens: hours on the fewest and the most accelerators of each row.
  @Test(arguments: [
    (100e6, 1, 4, 1.2, 0.3), (1e9, 8, 32, 1.5, 0.4), (7e9, 64, 256, 1.3, 0.3), (70e9, 256, 1024, 3.2, 0.8),
  ])
  func `the guide's table holds for a billion tokens`(
    parameters: Double, fewest: Int, most: Int, longest: Double, shortest: Double
  ) throws {
    let hours = try ComputeBudget.acceleratorHours(
      parameters: parameters, tokens: 1e9, peak: Self.a100, utilization: 0.45)
    #expect(abs(hours / Double(fewest) - longest) < 0.06)
    #expect(abs(hours / Double(most) - shortest) < 0.06)
  }

  /// With 1,000 tokens a sample: days. "Hours" for 100 million and "days" for 7 billion cannot hold with the same samples;
  /// only "weeks" for 70 billion fits.
  @Test(arguments: [
    (100e6, 1, 4, 49.0, 12.0), (1e9, 8, 32, 62.0, 15.0), (7e9, 64, 256, 54.0, 14.0), (70e9, 256, 1024, 135.0, 34.0),
  ])
  func `and takes weeks for a thousand tokens a sample`(
    parameters: Double, fewest: Int, most: Int, longest: Double, shortest: Double
  ) throws {
    let hours = try ComputeBudget.acceleratorHours(
      parameters: parameters, tokens: 1e12, peak: Self.a100, utilization: 0.45)
    #expect(abs(hours / 24 / Double(fewest) - longest) < 1)
    #expect(abs(hours / 24 / Double(most) - shortest) < 1)
  }

  @Test func `a utilization above one is refused with the share that was meant`() {
    #expect(throws: TrainingError.self) {
      try ComputeBudget.acceleratorHours(parameters: 7e9, tokens: 1e12, peak: Self.h100, utilization: 40)
    }
    #expect(throws: TrainingError.self) {
      try ComputeBudget.acceleratorHours(parameters: 7e9, tokens: 1e12, peak: Self.h100, utilization: .nan)
    }
  }
}
