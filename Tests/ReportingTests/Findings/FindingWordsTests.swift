import Planning
import Quantities
import Testing

@testable import Reporting

@Suite struct FindingWordsTests {
  @Test("every finding has words: no sentence is empty, and each ends")
  func whole() {
    for fact in FindingSamples.facts {
      let words = Finding(fact).words
      for sentence in [words.what, words.because] + (words.remedy.isEmpty ? [] : [words.remedy]) {
        #expect(sentence.count > 8 && sentence.first?.isLowercase != true || isFigure(sentence), "\(sentence)")
        #expect(sentence.hasSuffix(".") || sentence.hasSuffix("`"), "\(sentence)")
        #expect(!sentence.contains("Optional(") && !sentence.contains("  "), "\(sentence)")
      }
    }
  }

  /// `capacity is 30 % worse`: the figure's own name.
  private func isFigure(_ sentence: String) -> Bool {
    ["capacity ", "throughput "].contains { sentence.hasPrefix($0) }
  }

  @Test("a finding that asks to act or to change something names the remedy")
  func remedies() {
    let urgent = FindingSamples.facts.map { Finding($0) }.filter { $0.severity <= .change }
    #expect(urgent.count > 20)
    for finding in urgent { #expect(!finding.words.remedy.isEmpty, "\(finding.code): \(finding.words.what)") }
  }

  @Test("codes are names for programs: lower case and dashes")
  func codes() {
    for fact in FindingSamples.facts {
      #expect(!fact.code.isEmpty && fact.code.allSatisfy { $0.isLowercase || $0 == "-" }, "\(fact.code)")
    }
  }

  @Test("capacity that runs out is told with the day, the number, the event and the dates")
  func runsOut() {
    let words = Finding(SizingFinding.capacityRunsOut(FindingSamples.shortfall(replicas: 108))).words
    #expect(words.what == "Add 60 replicas by Wednesday 25 November 2026: from 48 to 108.")
    #expect(
      words.because
        == "Expected demand exceeds the 96k/s of 48 replicas on Friday 27 November 2026 (Black Friday).")
    #expect(words.remedy == "Request quota by Wednesday 11 November 2026, load-test by Wednesday 18 November 2026.")
  }

  @Test("a regression is told with its figure, its size and how sure it is")
  func regression() {
    let words = Finding(RunFinding.worse(FindingSamples.change(.p99))).words
    #expect(words.what == "P99 is 50 % worse in run 9.")
    #expect(
      words.because
        == "150 ms against 100 ms in 5 earlier runs, which scatter by 2 %; by chance alone it would be this far off in less than 0.01 % of runs."
    )
    #expect(words.remedy == "Compare what was deployed between runs 8 and 9.")
    #expect(Finding(RunFinding.worse(FindingSamples.change(.capacity))).words.because.hasPrefix("700/s against 1000/s"))
  }

  @Test("every assumption is a sentence, and one that reads the same twice is told once")
  func assumptions() throws {
    var outcome = try SamplePlan.statedOutcome()
    outcome.assumptions = FindingSamples.assumptions + FindingSamples.assumptions
    let sentences = outcome.assumptionSentences
    #expect(sentences.count == FindingSamples.assumptions.count)
    #expect(sentences.first == "Peak over average is taken as 2.5; measure it with a traffic source.")
    for sentence in sentences { #expect(sentence.count > 20 && sentence.hasSuffix("."), "\(sentence)") }
  }
}

@Suite struct VerdictWordsTests {
  @Test("every verdict is told: what was asked about, what came out and what limits it")
  func whole() {
    let words = FindingSamples.verdicts.map(\.words)
    #expect(words.count == 252 && Set(words).count == 252)
    for one in words { #expect(!one.objective.isEmpty && !one.binding.isEmpty, "\(one)") }
    #expect(words[0].objective == "capacity at the expected peak" && words[0].binding == "headroom")
  }

  @Test("a share keeps its nines; rates and money are short")
  func figures() {
    func words(_ asked: Double, _ got: Double, _ unit: NumberUnit) -> VerdictWords {
      Verdict(.availability, asked: asked, got: got, unit: unit, met: false, margin: 0, binding: .nothing).words
    }
    let share = words(0.999, 0.99987, .share)
    #expect(share.asked == "99.9 %" && share.got == "99.987 %")
    #expect(words(112_500, 9000, .rate).asked == "113k/s")
    #expect(words(50_000, 63_210, .money).got == "$63.21k")
  }
}
