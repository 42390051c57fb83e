#!/bin/bash
# `infra/host/build-drachtio.sh FILE`: builds drachtio-server, of which no distribution has a package, from sources that
# are named by their commits and checked by their hashes. Run it on a machine of the hosts' kind (Debian 12, x86-64) with
#   apt-get install g++ make git autoconf automake libtool-bin pkg-config zlib1g-dev libssl-dev libcurl4-openssl-dev
#     libboost-filesystem-dev libboost-log-dev libboost-thread-dev libhiredis-dev libjansson-dev prometheus-cpp-dev
# Libraries other than the SIP stack are Debian's, which keeps them safe. To take another version, run the tests against it.
set -euo pipefail
target=$(realpath -m "${1:?say where to: infra/host/build-drachtio.sh FILE}")
jobs=${JOBS:-2}

server=${DRACHTIO_SOURCE:-https://github.com/drachtio/drachtio-server.git}
version=v0.9.10
server_commit=80375023827d2be29d3cf373fbd4b8e9dfab5481
server_hash=4251897b777c15bf0a55e455a5532a4e0d3b0f9763bc2680462f367d502986e7

# Its fork of the SIP stack. v0.9.10 names a later commit (5f9e52d), with which the tests have not been run.
stack=${SOFIA_SOURCE:-https://github.com/davehorton/sofia-sip.git}
stack_commit=8889fafb674406d100a5a164a28af9be5ee31668
stack_hash=89dab811f15bd4fe4bf2a8f4d3ebf21040802163efd95fd461dc5620f0044357

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# take SOURCE COMMIT HASH FOLDER
take() {
  git init --quiet --bare "$folder/git"
  git --git-dir="$folder/git" fetch --quiet --depth=1 "$1" "$2"
  git --git-dir="$folder/git" archive --format=tar --output="$folder/source.tar" "$2"
  echo "$3  $folder/source.tar" | sha256sum --check --quiet
  mkdir -p "$4"
  tar -xf "$folder/source.tar" -C "$4"
  rm -rf "$folder/git" "$folder/source.tar"
}

take "$server" "$server_commit" "$server_hash" "$folder/server"
take "$stack" "$stack_commit" "$stack_hash" "$folder/server/deps/sofia-sip"

# Without NDEBUG, a PRACK of a stranger is an assertion that fails, and ends it.
export CFLAGS='-O2 -fstack-protector-strong' CXXFLAGS='-O2 -fstack-protector-strong'
export CPPFLAGS='-DNDEBUG -D_FORTIFY_SOURCE=2 -I/usr/include/hiredis' LDFLAGS='-Wl,-z,relro,-z,now'
(
  cd "$folder/server/deps/sofia-sip"
  ./bootstrap.sh
  ./configure --with-glib=no --disable-shared
  make -j"$jobs" -C libsofia-sip-ua
  cd ../..
  ./bootstrap.sh
  mkdir build
  cd build
  ../configure
  stack_library=../deps/sofia-sip/libsofia-sip-ua/.libs/libsofia-sip-ua.a
  # Its makefile would build libraries of its own, which are Debian's here.
  make -j"$jobs" drachtio BUILT_SOURCES= drachtio_DEPENDENCIES="$stack_library" MYVERSION="$version" drachtio_LDADD="$stack_library \
    -ljansson -lhiredis -lprometheus-cpp-pull -lprometheus-cpp-core -lcurl -lssl -lcrypto -lz -lpthread -lrt \
    -lboost_thread -lboost_system -lboost_log -lboost_filesystem"
) >&2
install -D -m 755 --strip "$folder/server/build/drachtio" "$target"
