#pragma once

#include "gateway/server_exit.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

namespace rialto {

/// What a command has printed, and how it ended.
struct Captured {
  ExitCode code;
  std::string out;
  std::string errors;
};

template <class Run>
Captured captured(Run run) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const ExitCode code = run();
  std::fflush(nullptr);
  const std::string out = testing::internal::GetCapturedStdout();
  return {code, out, testing::internal::GetCapturedStderr()};
}

}  // namespace rialto
