import Documents
import Quantities
import Testing

@testable import Scaling

@Suite struct ReplayErrorTests {
  private static let good = """
    {"id":"x","spec":{"scaleTargetRef":{"kind":"Deployment","name":"d"},"minReplicas":1,"maxReplicas":9,"metrics":[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":50}}}]},"initialReplicas":2,"requestMilli":100,"in":[[50],[100],[null]]}
    """

  private func problems(_ text: String) throws -> [String?] {
    let node = try JSON.parse(text)
    do {
      _ = try HPAReplay.answer(node)
      return []
    } catch {
      return error.all.map(\.path)
    }
  }

  @Test("answers a question") func answers() throws {
    let answer = try HPAReplay.answer(try JSON.parse(Self.good))
    #expect(
      String(decoding: answer, as: UTF8.self)
        == #"{"id":"x","replicas":[2,4,4],"raw":[2,4,null],"able":"RSG","limited":"WWW"}"#)
  }

  @Test(
    "names the field that is wrong",
    arguments: [
      (#""maxReplicas":9"#, #""maxReplicas":"many""#, "spec.maxReplicas"),
      (#""maxReplicas":9"#, #""maxReplicas":0"#, "spec.maxReplicas"),
      (#""minReplicas":1"#, #""minReplicas":10"#, "spec.maxReplicas"),
      (#""minReplicas":1"#, #""minReplicas":0"#, "spec.minReplicas"),
      (#""averageUtilization":50"#, #""averageUtilization":0"#, "spec.metrics[0].resource.target.averageUtilization"),
      (#""type":"Utilization""#, #""type":"Utilisation""#, "spec.metrics[0].resource.target.type"),
      (#"[100]"#, #"[100,2]"#, "in[1]"), (#"[100]"#, #"["a"]"#, "in[1][0]"), (#"[100]"#, "7", "in[1]"),
      (#"[100]"#, #"[["Q",3]]"#, "in[1][0]"), (#"[100]"#, #"[["R",1,2,3,4]]"#, "in[1][0]"),
      (#""initialReplicas":2"#, #""initialReplicas":-2"#, "initialReplicas"),
      (#""initialReplicas":2"#, #""initialReplicas":2,"timesMs":[0,5,1]"#, "timesMs"),
      (#""initialReplicas":2"#, #""initialReplicas":2,"timesMs":[0]"#, "timesMs"),
      (#""initialReplicas":2"#, #""initialReplicas":2,"syncPeriodMs":0"#, "syncPeriodMs"),
      (#""initialReplicas":2"#, #""initialReplicas":2,"setReplicasBefore":{"a":1}"#, "setReplicasBefore.a"),
      (#""initialReplicas":2"#, #""initialReplicas":2,"controller":{"tolerance":-1}"#, "controller.tolerance"),
    ])
  func namesTheField(part: String, wrong: String, path: String) throws {
    let text = Self.good.split(separator: part, maxSplits: 1, omittingEmptySubsequences: false).joined(separator: wrong)
    #expect(try problems(text) == [path])
  }

  @Test("finds several faults at once") func severalAtOnce() throws {
    let text = #"{"spec":{"maxReplicas":-1,"scaleTargetRef":{},"metrics":7},"timesMs":3}"#
    #expect(try problems(text).count >= 5)
  }

  @Test("a question cut short or scrambled gives errors, never a crash") func scrambled() throws {
    var random = RandomStream(seed: 11)
    let values = ["null", "-1", "1e300", "{}", "[]", "\"\"", "true", "[[]]", "[[\"R\",null]]", "9223372036854775807"]
    let samples = [
      Self.good,
      #"{"spec":{"targetValue":1,"totalValue":2,"stableWindowS":6,"panicWindowS":1},"initialReady":1,"perSecond":[1,2,3,4],"readyPerTick":[1,1]}"#,
      #"{"config":{"min_replicas":0,"max_replicas":4},"dtS":1,"initial":1,"total":[1,2,0],"running":[1,0,1]}"#,
    ]
    for _ in 0..<1000 {
      var text = samples[Int(random.next() % 3)]
      for _ in 0..<Int(random.next() % 3 + 1) {
        // A value behind a colon or inside a list is replaced by something else.
        let marks = text.indices.filter { text[$0] == ":" || text[$0] == "," || text[$0] == "[" }
        guard let mark = marks.randomElement(using: &random) else { break }
        let start = text.index(after: mark)
        let end = text[start...].firstIndex { ",]}".contains($0) } ?? text.endIndex
        text.replaceSubrange(start..<end, with: values.randomElement(using: &random) ?? "null")
      }
      guard let node = try? JSON.parse(text) else { continue }
      // One by one: a list of functions with typed throws crashes the compiler (6.3.1).
      do { _ = try HPAReplay.answer(node) } catch { #expect(!error.all.isEmpty) }
      do { _ = try KnativeReplay.answer(node) } catch { #expect(!error.all.isEmpty) }
      do { _ = try RayServeReplay.answer(node) } catch { #expect(!error.all.isEmpty) }
    }
  }
}
