import Catalogs
import Documents
import Glibc
import Quantities
import Testing

@testable import Serving

@Suite struct OffsetFitTests {
  /// Rows of one model on one chip whose truth is a factor on the answer that grows with the load.
  private func rows(level: Double, slope: Double, count: Int, noise: Double = 0) -> [OffsetFit.Row] {
    var random = RandomStream(seed: 7)
    return (0..<count).map { i in
      let load = 4 * pow(2, Double(i % 6))
      let traits = MeasuredOffset.traits(requests: load, input: 1000, output: 500, cards: 2)
      return OffsetFit.Row(
        key: ["agg-closed-loop", "tpot", "Qwen3-32B", "H100"], group: "\(i % 10)", traits: traits,
        truth: exp(level + slope * traits[1] + noise * (random.uniform() - 0.5)))
    }
  }

  @Test("a factor that goes with the load is found, and drawn to 1 the more the fewer the rows are")
  func recovery() throws {
    let prior = OffsetFit.Prior(level: 1, slope: 3)
    let many = try #require(OffsetFit.fit(rows(level: 0.4, slope: 0.1, count: 300), prior).first)
    let few = try #require(OffsetFit.fit(rows(level: 0.4, slope: 0, count: 1), prior).first)
    for load in [4.0, 32, 128] {
      let traits = MeasuredOffset.traits(requests: load, input: 1000, output: 500, cards: 2)
      #expect(abs(many.factor(traits) / exp(0.4 + 0.1 * traits[1]) - 1) < 0.03)
      // One row of exp(0.4) moves it, but not so far.
      #expect(few.factor(traits) > 1.05 && few.factor(traits) < exp(0.4) - 0.05)
    }
  }

  @Test("beyond the loads that were measured a factor stays as it was at their end")
  func ends() throws {
    let offset = try #require(
      OffsetFit.fit(rows(level: 0, slope: 0.2, count: 300), OffsetFit.Prior(level: 1, slope: 3)).first)
    func factor(_ load: Double) -> Double {
      offset.factor(MeasuredOffset.traits(requests: load, input: 1000, output: 500, cards: 2))
    }
    #expect(factor(128) > factor(32))
    #expect(factor(128) == factor(1e6))
    #expect(factor(4) == factor(0.01))
  }

  @Test("where either group of a system would mislead about the other no offset is made")
  func nothing() {
    let opposed = (0..<40).map { i in
      OffsetFit.Row(
        key: ["agg-closed-loop", "ttft", "A", "B"], group: i < 20 ? "one" : "other", traits: [1, 0, 0, 0, 0],
        truth: i < 20 ? 1.3 : 1 / 1.3)
    }
    #expect(OffsetFit.offsets(opposed).isEmpty)
    #expect(OffsetFit.offsets([]).isEmpty)
    // The same of both is an offset.
    let agreed = opposed.map { OffsetFit.Row(key: $0.key, group: $0.group, traits: $0.traits, truth: 1.3) }
    #expect(OffsetFit.offsets(agreed).count == 1)
  }

  @Test("an offset moves a closed loop's times and what it yields together, and only where no engine is named")
  func answers() throws {
    func ask(_ engine: String) throws -> SizeQuestion {
      try SizeQuestion(
        JSON.parse(
          Array(
            #"{"mode": "agg-closed-loop", "model": "Qwen3-32B", "gpu": "H100", "tp": 2, "n_gpu": 2, "batch": 32, "isl": 2000, "osl": 500, "engine": "\#(engine)"}"#
              .utf8), file: nil))
    }
    let ends = [[Double]](repeating: [-9, -9, -9, -9], count: 1)[0]
    let doubled = ["ttft", "tpot"].map {
      MeasuredOffset(
        mode: "agg-closed-loop", figure: $0, model: "Qwen3-32B", chip: "H100", terms: [log(2), 0, 0, 0, 0], low: ends,
        high: ends.map { -$0 })
    }
    let plain = Sizer(constants: EngineCatalog.builtIn.replacing([MeasuredOffset]()))
    let moved = Sizer(constants: EngineCatalog.builtIn.replacing(doubled))
    let (before, after) = (plain.answer(try ask("")), moved.answer(try ask("")))
    #expect(abs(try #require(after.perTokenMean) / #require(before.perTokenMean) - 2) < 1e-9)
    #expect(abs(try #require(after.firstTokenMean) / #require(before.firstTokenMean) - 2) < 1e-9)
    #expect(abs(try #require(after.outputThroughput) / #require(before.outputThroughput) - 0.5) < 1e-9)
    #expect(moved.answer(try ask("vllm")).perTokenMean == plain.answer(try ask("vllm")).perTokenMean)
  }

  @Test("a catalog with offsets is read back as it was written")
  func writing() throws {
    let offset = MeasuredOffset(
      mode: "agg-closed-loop", figure: "tpot", model: "A", chip: "B", terms: [0.1, -0.2, 0, 0.3, 0.25],
      low: [-1, -2, -3, -4], high: [1, 2, 3, 4])
    let json = EngineCatalog.builtIn.replacing([offset]).json()
    let read = try EngineCatalog(JSON.parse(Array(json.utf8), file: nil))
    #expect(read.offsets == [offset])
    #expect(read.arithmetic.power == EngineCatalog.builtIn.arithmetic.power)
  }
}
