import Catalogs
import Documents
import Quantities
import Testing

@testable import Training

@Suite("TrainingQuestion")
struct TrainingQuestionTests {
  private static func question(_ json: String) throws -> TrainingQuestion {
    try TrainingQuestion(QuestionFields(JSON.parse(json)), catalog: .builtIn)
  }

  @Test func `numbers may be text, and what is empty is not there`() throws {
    let question = try Self.question(
      #"{"model": "gpt", "layers": "24.0", "hidden": "2048", "heads": 16, "vocab": "51200", "seq": "2048", "gpu": "A100", "n_gpus": "8", "gbs": "64", "tp": "2", "pp": "1", "dp": "4", "ep": "", "zero": "0", "recompute": "full", "seq_par": "0", "flash": "0", "precision": "fp16"}"#
    )
    #expect(question.layout?.tensor == 2)
    #expect(question.work.software == .scores)
    #expect(question.layout?.recomputation == .full)
    #expect(try question.answer().memory.fits)
  }

  @Test func `a SimuMax case is read by its name`() throws {
    let question = try Self.question(
      #"{"model": "deepseekv3", "layers": 4, "gpu": "B200", "case": "deepseekv3_l4_tp1_ep4_pp2_dp4_mbc8_cef"}"#)
    #expect(question.layout?.expert == 4)
    #expect(question.layout?.pipeline == 2)
    #expect(question.work.batch == 32)
    #expect(question.work.shape.layers == 4)
    // One dense layer of four, as of the three of 61.
    #expect(question.work.shape.denseLayers == 1)
    // Measured: 114.0 GiB.
    #expect(abs(try question.answer().memory.use.allocated.gibibytes / 114 - 1) < 0.03)
  }

  @Test func `a run without a layout gets the best legal one, with the accumulation that it states`() throws {
    let question = try Self.question(
      #"{"model": "Llama-3.1-405B", "gpu": "NVIDIA Blackwell Ultra GPU (GB300)", "n_gpus": 512, "gbs": 1152, "seq": 8192.0, "accumulation": 72.0}"#
    )
    let layout = try question.answer().layout
    #expect(layout.accelerators == 512)
    #expect(layout.data * layout.microBatch == 16)
  }

  @Test(arguments: [
    (#"{"model": "gpt-99"}"#, "unknown accelerator"),
    (#"{"model": "no such model", "gpu": "H100", "n_gpus": 8}"#, "unknown model"),
    (#"{"model": "Llama-3.1-8B", "gpu": "H100", "n_gpus": 8, "seq": 0}"#, "'seq' is out of range"),
    (#"{"model": "Llama-3.1-8B", "gpu": "H100", "n_gpus": "many"}"#, "'n_gpus' is out of range"),
    (#"{"model": "Llama-3.1-8B", "gpu": "H100", "n_gpus": 8, "gbs": 8, "tp": 3, "dp": 2}"#, "does not divide"),
    (#"{"model": "Llama-3.1-8B", "gpu": "H100", "n_gpus": 8, "gbs": 8, "tp": 8, "dp": 1, "mbs": 1.5}"#, "whole number"),
    (
      #"{"model": "Llama-3.1-8B", "gpu": "H100", "n_gpus": 8, "gbs": 8, "tp": 8, "precision": "fp1"}"#,
      "unknown precision"
    ),
    (#"{"model": "x", "params": 1e300, "gpu": "H100"}"#, "'params' is out of range"),
  ])
  func `bad input is refused in words`(json: String, words: String) {
    do {
      _ = try Self.question(json).answer()
      Issue.record("it was answered")
    } catch {
      #expect("\(error)".contains(words), "\(error)")
    }
  }

  @Test func `amounts are read as people write them`() throws {
    #expect(try TokenCount.parse("1T") == 1e12)
    #expect(try TokenCount.parse("300B tokens") == 300e9)
    #expect(try TokenCount.parse("2.5e12") == 2.5e12)
    #expect(try TokenCount.parse("70 billion") == 70e9)
    for text in ["", "no", "0", "-3B", "nan", "inf", "1e300"] {
      #expect(throws: TrainingError.self) { try TokenCount.parse(text) }
    }
  }

  @Test func `a step of one's own corrects the model and narrows its band`() throws {
    var question = try Self.question(
      #"{"model": "Llama-3.1-8B", "gpu": "H100", "n_gpus": 8, "gbs": 128, "seq": 8192, "tp": 1, "dp": 8, "zero": 3, "mbs": 1, "recompute": "none", "precision": "bf16"}"#
    )
    let before = try question.answer()
    let calibration = try RunCalibration([
      .init(
        question: question, step: .seconds(before.time.step * 1.2),
        allocated: before.memory.use.allocated + .gibibytes(4))
    ])
    #expect(abs(calibration.error - 0.2) < 1e-6)
    question.work.batch = 256
    let plain = try question.answer()
    let after = calibration.applied(to: plain)
    #expect(abs(plain.tokensPerSecond.mid.perSecond / after.tokensPerSecond.mid.perSecond - 1.2) < 1e-6)
    let width = after.tokensPerSecond.high / after.tokensPerSecond.low
    #expect(width < plain.tokensPerSecond.high / plain.tokensPerSecond.low)
    #expect(abs((after.memory.use.allocated - plain.memory.use.allocated).gibibytes - 4) < 1e-6)
  }
}
