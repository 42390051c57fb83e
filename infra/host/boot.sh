# What an instance does when it is first started, as its user data after a few lines of settings: brings the release
# that it is told, and nothing else than what has the hash that it is told.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
metadata=${MUON_METADATA:-http://169.254.169.254}

apt-get update -qq
apt-get install -y -qq --no-install-recommends ca-certificates curl

session=$(curl -sf -X PUT -H 'x-aws-ec2-metadata-token-ttl-seconds: 300' "$metadata/latest/api/token")
ask() { curl -sf -H "x-aws-ec2-metadata-token: $session" "$metadata/latest/meta-data/$1"; }
credentials=$(ask "iam/security-credentials/$(ask iam/security-credentials/)")
field() { sed -n "s/.*\"$1\" *: *\"\([^\"]*\)\".*/\1/p" <<<"$credentials"; }

archive=$(mktemp)
curl -sf --retry 5 --aws-sigv4 "aws:amz:$MUON_REGION:s3" \
  --user "$(field AccessKeyId):$(field SecretAccessKey)" -H "x-amz-security-token: $(field Token)" \
  -o "$archive" "$MUON_RELEASES_URL/$MUON_RELEASE.tar.gz"
echo "$MUON_RELEASE  $archive" | sha256sum --check --quiet

folder=/opt/muon/releases/$MUON_RELEASE
mkdir -p "$folder"
tar -xzf "$archive" -C "$folder" --no-same-owner
rm "$archive"
ln -sfn "$folder" /opt/muon/current
exec /opt/muon/current/infra/host/set-up.sh
