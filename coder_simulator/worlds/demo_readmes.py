"""The READMEs of the demo world's templates, in the form of those in Coder's registry."""

KUBERNETES = """---
display_name: Kubernetes
description: Provision Kubernetes pods as Coder workspaces
icon: ../../../site/static/icon/k8s.png
tags: [kubernetes, container]
---

# Remote development on Kubernetes

Provision a pod with [code-server](https://github.com/coder/code-server) and a persistent home volume.

## Architecture

This template provisions the following resources:

- Kubernetes pod (ephemeral)
- Kubernetes persistent volume claim (persistent on `/home/coder`)

When the workspace restarts, tools and files outside of the home directory are **not** kept. To bake tools into the
workspace, change the [image](https://example.com/handbook/images).

| preset | cores | home disk |
|---|---|---|
| Small | 2 | 20 GiB |
| Large | 16 | 100 GiB |
"""
SANDBOX = """# Docker sandbox

Provision a Docker container for short experiments.

- The container and its home directory are removed when the workspace stops.
- Workspaces stop two hours after the start.
- Unused workspaces become dormant after 120 days, and are deleted 14 days later.
"""
AWS_LINUX = """# Remote development on AWS EC2

Provision an EC2 instance with Ubuntu 24.04.

## Authentication

The provisioner has the IAM role `coder-workspaces`. Your instance has no permissions of its own: run `aws sso login`
in the workspace.

## Persistence

The root volume is kept when the workspace stops. The public IP address changes with each start.
"""
WINDOWS = """# Your own Windows machine

Connect a Windows 11 machine that Coder does not manage.

1. Create a workspace from this template.
2. On the machine, open PowerShell as administrator.
3. Run the command that the workspace's page in Coder shows.

The workspace is connected as long as the agent runs on the machine.
"""
GPU_NOTEBOOK = """# JupyterLab with a GPU

Run JupyterLab with PyTorch 2.9 and CUDA 13 on an NVIDIA A100.

The cluster has one GPU. A build waits until it is free, so **stop your workspace** when your training has ended.
Data sets are mounted read-only at `/datasets`.
"""
LEGACY_VM = """# OpenStack virtual machine

Provision a virtual machine in the data center in Berlin.

> **Deprecated**: see the [migration guide](https://example.com/handbook/berlin-migration).
"""
MONOREPO = """# Monorepo

Everything that you need to work on the monorepo: the toolchain, a dev container for the frontend, and the services
that the tests use (PostgreSQL, RabbitMQ).

## First steps

```sh
git clone git@github.com:example/monorepo.git
make bootstrap
make test
```

## Parameters

Choose **JetBrains** under *Editors* to install the Gateway backend.

Questions? Ask in `#dev-environments`.
"""
ARABIC_NLP = """# معالجة اللغة العربية

بيئة عمل لمعالجة النصوص والكلام: spaCy و CAMeL Tools و Whisper.

- توجد مجموعات البيانات في `/srv/corpus`.
- يُحفظ المجلد الرئيسي عند إيقاف مساحة العمل.
"""
