import HeadroomTesting
import LoadTesting
import Quantities
import Serving
import Testing

/// The generator's figures against those of a server that keeps its own books.
@Suite(.serialized) struct TokenStreamTests {
  static func run(
    _ server: TokenServer, rate: Double = 40, seconds: Double = 0.25, format: StreamFormat? = nil
  ) throws -> LoadResult {
    let schedule = ArrivalSchedule(.constant(.perSecond(rate), for: .seconds(seconds)))
    var settings = LoadSettings(.open(schedule), connections: 20, timeout: .seconds(5), readsStreams: true)
    settings.streamFormat = format
    settings.keepsOutcomes = true
    let target = try LoadTarget(url: server.url, method: "POST", body: Array("{}".utf8))
    return try LoadTest(target, settings).run()
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var script: TokenServer.Script
    var testDescription: String {
      "\(script.format.rawValue), \(script.content), \(script.perChunk) a chunk, usage \(script.usage)"
    }
    init(_ change: (inout TokenServer.Script) -> Void) { script = TokenServer.Script(change) }
  }
  static let cases: [Case] =
    TokenServer.Format.allCases.map { format in Case { $0.format = format } }
    + [TokenServer.Format.openAIChat, .openAIResponses, .anthropic].flatMap { format in
      [TokenServer.Content.reasoning, .reasoningContent, .toolCalls].map { content in
        Case {
          $0.format = format
          $0.content = content
        }
      }
    } + [
      Case { $0.usage = .everyChunk }, Case { $0.usage = .withLastChunk }, Case { $0.usage = .none },
      Case {
        $0.perChunk = 5
        $0.tokens = 20
      },
      Case {
        $0.format = .openAICompletions
        $0.perChunk = 2
      },
      Case {
        $0.format = .ollamaChat
        $0.content = .reasoning
      },
    ]

  @Test("tokens, TTFT, TPOT and ITL are the server's own, in every format", arguments: cases)
  func truth(_ it: Case) throws {
    let server = try TokenServer(it.script)
    defer { server.stop() }
    let result = try Self.run(server)
    let books = server.done
    #expect(result.ok == books.count && result.ok == 10)
    #expect(result.errors.total == 0)
    let streams = try #require(result.streams)
    #expect(streams.tokens == books.reduce(0) { $0 + $1.tokens })
    try Self.expectSameFirsts(result, books.map(\.sent))
    // A piece left between two readings of the server's clock: over a stream the gaps add up to its last less its first.
    let slack = books.map { $0.unsure / Double(max(1, $0.gaps.count)) }
    func same(_ ours: Double?, _ theirs: [Double], _ what: String) {
      let mean = Statistics.mean(theirs) ?? .nan
      let most = 0.01 * mean + (Statistics.mean(slack) ?? 0)
      #expect(abs((ours ?? -1) - mean) < most, "\(what): \(ours ?? -1) for \(mean), within \(most)")
    }
    same(streams.pieceGaps.mean, books.flatMap(\.gaps), "gaps")
    let perToken = it.script.usage == .none ? 1 : Double(it.script.perChunk)
    same(streams.interTokenLatency.mean, books.flatMap(\.gaps).map { $0 / perToken }, "ITL")
    if it.script.usage != .none { same(streams.timePerOutputToken.mean, books.compactMap(\.tpot), "TPOT") }
    #expect(streams.pieceGaps.count == books.reduce(0) { $0 + $1.gaps.count })
    let expected = it.script.format == .ollamaChat ? "ollama" : it.script.format.rawValue
    #expect(streams.formats.map(\.key.word) == [expected])
  }

  /// The time to the first token counts from the schedule, which the server does not know; but when each first piece went
  /// out it does, on the clock that the test was started by. Of streams in the order of their first pieces, the middle one
  /// has to be right to 1 %, whatever the machine does to single ones; none may have come before it was sent.
  static func expectSameFirsts(_ result: LoadResult, _ sent: [[ClosedRange<Int64>]]) throws {
    let start = try #require(result.start)
    let good = result.outcomes.filter(\.isGood).sorted { $0.scheduled + $0.firstToken < $1.scheduled + $1.firstToken }
    let truth = sent.compactMap(\.first).sorted { $0.lowerBound < $1.lowerBound }
    try #require(good.count == truth.count && !good.isEmpty)
    var errors: [Double] = []
    for (outcome, range) in zip(good, truth) {
      let due = start + outcome.scheduled
      let first = due + outcome.firstToken
      let error = first < range.lowerBound ? first - range.lowerBound : max(0, first - range.upperBound)
      errors.append(Double(error) / Double(range.lowerBound - due))
    }
    #expect(errors.allSatisfy { $0 > -0.002 }, "\(errors)")
    #expect((Statistics.quantile(errors, 0.5) ?? 1) < 0.01, "\(errors)")
    let ttft = try #require(result.streams?.timeToFirstToken.mean)
    let own = Statistics.mean(good.map { Double($0.firstToken) / 1e9 }) ?? .nan
    #expect(abs(ttft / own - 1) < 0.01)
  }

  static let failures: [(TokenServer.Ending, String)] = [
    (.error, "error-in-200"), (.namedError, "error-in-200"), (.withoutEnd, "stream-without-end"),
    (.noStream, "no-stream"), (.errorBody, "error-in-200"), (.cutOff, "incomplete"), (.status(503), "5xx"),
  ]
  @Test("a failure told inside a 200 is a failure, in no percentile and without tokens", arguments: failures)
  func failing(_ it: (ending: TokenServer.Ending, error: String)) throws {
    for format in [TokenServer.Format.openAIChat, .anthropic, .openAIResponses] {
      let server = try TokenServer { number, _ in
        TokenServer.Script {
          $0.format = format
          $0.ending = number % 2 == 0 ? it.ending : .whole
          // Those that fail are fast: were they counted, they would make the others look better.
          $0.first = number % 2 == 0 ? 0 : 0.06
          $0.gap = 0.002
        }
      }
      let result = try Self.run(server)
      server.stop()
      #expect(result.ok == 5)
      for (name, count) in result.errors.named { #expect(count == (name == it.error ? 5 : 0), "\(format) \(name)") }
      let streams = try #require(result.streams)
      #expect(streams.tokens == 50)
      #expect(streams.timeToFirstToken.count == 5)
      #expect(streams.timeToFirstToken.minimum ?? 0 > 0.055)
      #expect(result.offered == result.ok + result.errors.total + result.dropped + result.unfinished)
    }
  }

  @Test("a stream without a token is a failure")
  func empty() throws {
    let server = try TokenServer(TokenServer.Script { $0.tokens = 0 })
    defer { server.stop() }
    let result = try Self.run(server)
    #expect(result.ok == 0)
    #expect(result.errors.emptyStream == 10)
  }

  @Test("with --stream-format, only that format's content counts")
  func asked() throws {
    let server = try TokenServer(TokenServer.Script { $0.format = .anthropic })
    defer { server.stop() }
    #expect(try Self.run(server, format: .anthropic).ok == 10)
    #expect(try Self.run(server, format: .openAIChat).errors.emptyStream == 10)
  }

  @Test("bodies that say error are failures where the user says so")
  func errorBodies() throws {
    let server = try TokenServer { n, _ in TokenServer.Script { $0.ending = n % 2 == 0 ? .errorBody : .noStream } }
    defer { server.stop() }
    let schedule = ArrivalSchedule(.constant(.perSecond(100), for: .seconds(0.1)))
    var settings = LoadSettings(.open(schedule), connections: 5)
    let target = try LoadTarget(url: server.url)
    #expect(try LoadTest(target, settings).run().ok == 10)
    settings.failsOnErrorBody = true
    let result = try LoadTest(target, settings).run()
    #expect(result.ok == 5 && result.errors.told == 5)
    #expect(result.latency.count == 5)
  }

  @Test("bounds are counted each by itself and all together: goodput")
  func goodput() throws {
    // Every third is slow to begin, every fifth slow to go on.
    let server = try TokenServer { n, _ in
      TokenServer.Script {
        $0.first = n % 3 == 0 ? 0.15 : 0.01
        $0.gap = n % 5 == 0 ? 0.03 : 0.002
        $0.tokens = 5
      }
    }
    defer { server.stop() }
    let schedule = ArrivalSchedule(.constant(.perSecond(100), for: .seconds(0.3)))
    var settings = LoadSettings(.open(schedule), connections: 40, timeout: .seconds(5), readsStreams: true)
    settings.bounds = [
      LatencyBound(.firstToken, quantile: 0.99, limit: .milliseconds(100)),
      LatencyBound(.perToken, quantile: 0.99, limit: .milliseconds(20)),
    ]
    let target = try LoadTarget(url: server.url, method: "POST", body: Array("{}".utf8))
    let result = try LoadTest(target, settings).run()
    #expect(result.ok == 30)
    #expect(result.bounds.map { $0.good.reduce(0, +) } == [20, 24])
    #expect(result.goodBySlice.reduce(0, +) == 16)
    #expect(abs((result.goodput?.perSecond ?? 0) - 16 / 0.3) < 0.1)
  }
}
