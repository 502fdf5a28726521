import Catalogs
import Documents
import Testing

@testable import Serving

@Suite struct ServingFitTests {
  private func question(_ json: String) throws -> SizeQuestion {
    try SizeQuestion(JSON.parse(Array(json.utf8), file: nil))
  }

  /// Figures as an engine of known constants would have given them.
  private func figures(of catalog: EngineCatalog) throws -> [MeasuredService] {
    let sizer = Sizer(constants: catalog)
    var found: [MeasuredService] = []
    for (gpu, tp) in [("H100", 1), ("H100", 2), ("A100-80GB", 1), ("H200", 4)] {
      for batch in [1, 8, 64, 256] {
        let asked = try question(
          "{\"mode\": \"static\", \"model\": \"Llama-3.1-8B\", \"gpu\": \"\(gpu)\", \"tp\": \(tp), \"batch\": \(batch), "
            + "\"isl\": 500, \"osl\": 200}")
        for metric in ["tpot_mean", "ttft_mean"] {
          let value = try #require(sizer.answer(asked).value(of: metric))
          found.append(
            MeasuredService(
              id: "\(gpu) \(batch)", group: "\(gpu) \(tp)", kind: metric, question: asked, metric: metric, value: value)
          )
        }
      }
    }
    return found
  }

  private func catalog(overheads: Double, bandwidth: Double) throws -> EngineCatalog {
    let engine = try #require(EngineCatalog.builtIn.engines.first { $0.name == EngineCatalog.builtIn.usual["static"] })
    return EngineCatalog.builtIn.replacing(engine.scaled(overheads: overheads, bandwidth: bandwidth, compute: 1))
  }

  @Test("figures of an engine with other constants are met once they are fitted, on groups left out too")
  func recovery() throws {
    let truth = try figures(of: catalog(overheads: 1.6, bandwidth: 0.85))
    var fit = ServingFit(truth)
    fit.prior = 1e-5
    let before = ServingFit.scores(truth, ServingFit.ratios(truth, .builtIn))
    let after = ServingFit.scores(truth, ServingFit.ratios(truth, fit.run()))
    let pace = try #require(after.first { $0.kind == "tpot_mean" })
    #expect(try #require(before.first { $0.kind == "tpot_mean" }).errors.mean > 0.1)
    #expect(pace.errors.mean < 0.02, "\(pace.errors.mean)")
    let leftOut = fit.leftOut(parts: 2)
    #expect(leftOut.count == truth.count)
    let unseen = ServingFit.scores(leftOut.map(\.figure), leftOut.map { Optional($0.ratio) })
    #expect(try #require(unseen.first { $0.kind == "tpot_mean" }).errors.mean < 0.06)
  }

  @Test("an answer above what was served at less than its limits is no error, one below it is")
  func floors() throws {
    let asked = try question(
      #"{"mode": "static", "model": "Llama-3.1-8B", "gpu": "H100", "batch": 1, "isl": 1, "osl": 1}"#)
    let floor = MeasuredService(
      id: "", group: "", kind: "served", question: asked, metric: "capacity_qps", value: 1, isFloor: true)
    let scores = ServingFit.scores([floor, floor], [3, 0.5])
    #expect(scores[0].errors.mean == 0.25)
  }

  @Test("bands are the tenths of truths over answers, of the figure that they are told of")
  func bands() throws {
    let asked = try question(
      #"{"mode": "static", "model": "Llama-3.1-8B", "gpu": "H100", "batch": 1, "isl": 1, "osl": 1}"#)
    let leftOut = (1...11).map { i in
      (
        figure: MeasuredService(id: "", group: "", kind: "", question: asked, metric: "tpot_mean", value: 1),
        ratio: 1 / (0.5 + Double(i) / 10)
      )
    }
    let band = try #require(
      ServingFit.banded(.builtIn, by: leftOut).band(mode: "static", metric: "tpot_mean"))
    // Truths over answers of 0.6, 0.7 ... 1.6.
    #expect(abs(band.low - 0.7) < 1e-9 && abs(band.high - 1.5) < 1e-9)
    #expect(
      ServingFit.banded(.builtIn, by: leftOut).band(mode: "online", metric: "itl_mean")
        == EngineCatalog.builtIn.band(mode: "online", metric: "itl_mean"))
  }

  @Test("a line of several figures tells whether a submission stood at a limit")
  func lines() throws {
    func read(_ pace: Double) throws -> MeasuredService {
      let line = try JSON.parse(
        Array(
          ("{\"id\": \"a\", \"group\": \"g\", \"question\": {\"mode\": \"mlperf-server\", \"model\": \"llama2-70b-99\", "
            + "\"gpu\": \"H200\", \"n_gpu\": 8, \"qps\": 90, \"ttft_limit_ms\": 2000, \"tpot_limit_ms\": 200}, "
            + "\"truth\": {\"throughput\": 30000, \"ttft_p99\": 900, \"tpot_p99\": \(pace)}}").utf8), file: nil)
      return try #require(MeasuredService.figures(of: line).first)
    }
    let (far, near) = (try read(120), try read(190))
    #expect(far.isFloor && !near.isFloor)
    #expect(near.metric == "capacity_qps" && near.value == 90)
  }

  @Test("a fit does not depend on the constants at hand: one of its own results gives the same")
  func idempotence() throws {
    let truth = try figures(of: catalog(overheads: 1.3, bandwidth: 0.9))
    let first = ServingFit(truth).run()
    let again = ServingFit(truth, from: first).run()
    #expect(first.engines == again.engines && first.families == again.families)
    #expect(first.arithmetic == again.arithmetic)
  }

  @Test("constants of one kind are drawn to the mean of all engines', which is loose")
  func pooling() throws {
    let catalog = EngineCatalog.builtIn
    let fit = ServingFit([])
    let constants = ServingFit.constants(of: catalog).filter { $0.pool == 0 }
    #expect(constants.count == catalog.engines.count)
    func penalty(_ logs: [Double]) -> Double {
      var sum = 0.0
      for (i, row) in fit.pulls(constants).enumerated() {
        for (j, pull) in row { sum += pull * logs[i] * logs[j] }
      }
      return sum
    }
    let together = [Double](repeating: 1, count: constants.count)
    var apart = together
    for i in apart.indices where i % 2 == 0 { apart[i] = -1 }
    let free =
      Double(constants.count) * fit.prior
      / (constants[0].freedom * fit.deviation * constants[0].freedom * fit.deviation)
    // All as one: a ninth of what as many constants apart from one another cost.
    #expect(abs(penalty(together) / free - 1 / 9.0) < 1e-9)
    #expect(penalty(apart) > 0.9 * free)
  }

  @Test("rows of one configuration are one group, whatever engine ran and however many asked")
  func groups() throws {
    func row(_ note: String, _ users: Int, _ output: Int) -> String {
      "a,s,Qwen3-32B,H100-SXM,2,2,1,fp8,,agg-closed-loop-silicon,\(users),,1024,\(output),tpot,10,\(note)"
    }
    let text =
      MeasuredService.columns.joined(separator: ",") + "\n"
      + [row("vllm 0.12", 8, 256), row("trtllm 1.0", 64, 256), row("vllm 0.12", 8, 512)].joined(separator: "\n")
    let table = try CSVTable.parse(Array(text.utf8), columns: MeasuredService.columns.map { .text($0) })
    let found = MeasuredService.figures(of: table).figures
    #expect(found.count == 3)
    #expect(found[0].group == found[1].group && found[0].group != found[2].group)
    #expect(found[0].system != found[1].system && found[0].system == found[2].system)
  }
}
