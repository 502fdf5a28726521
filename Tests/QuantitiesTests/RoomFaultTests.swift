import Quantities
import Testing

@Suite struct RoomFaultTests {
  enum Here {}
  typealias Fault = RoomFault<Here>

  @Test("a clause and its remedy stand behind each other with a semicolon, sentences as sentences")
  func descriptions() {
    let code = Fault.Code("unreachable")
    #expect("\(Fault(code, "nothing answers at a:1", remedy: "start it"))" == "nothing answers at a:1; start it")
    #expect("\(Fault(code, "Nothing answers.", remedy: "Start it."))" == "Nothing answers. Start it.")
    #expect("\(Fault(code, "the rate must be above 0: write 5/s"))" == "the rate must be above 0: write 5/s")
    #expect("\(code)" == "unreachable" && code.name == "unreachable")
  }

  @Test("an error without a remedy is our own mistake")
  func emptyRemedy() async {
    await #expect(processExitsWith: .failure) { _ = Fault(Fault.Code("x"), "it failed", remedy: "") }
  }
}
